namespace Broadcast.Protocol;

/// <summary>A newer token for a subscription.</summary>
internal sealed record SubRefreshCommand(uint Id, string Room, string Token) : ClientCommand(Id)
{
    /// <summary>0 refreshes; 1 and 2 track and untrack keys of the protocol's shared polls.</summary>
    public int Type { get; init; }
}
