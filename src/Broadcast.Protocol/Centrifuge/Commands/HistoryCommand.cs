namespace Broadcast.Protocol;

/// <summary>Read what was published in a room.</summary>
internal sealed record HistoryCommand(uint Id, string Room) : ClientCommand(Id)
{
    /// <summary>0 asks for the room's position only; negative for as many as there may be.</summary>
    public int Limit { get; init; }

    /// <summary>Exclusive; null for the end that <see cref="Reverse"/> begins at. Epoch "" fits every epoch.</summary>
    public StreamPosition? Since { get; init; }

    /// <summary>Newest first.</summary>
    public bool Reverse { get; init; }
}
