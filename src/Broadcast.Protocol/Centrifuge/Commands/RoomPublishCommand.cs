namespace Broadcast.Protocol;

/// <summary>Publish in a room; named so since <see cref="PublishCommand"/>, of envelopes, goes to the socket's own.</summary>
internal sealed record RoomPublishCommand(uint Id, string Room) : ClientCommand(Id)
{
    /// <summary>One JSON value, which may be <c>null</c>; null where none was given. Owned by the command.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>0 for a stream, 1 for the protocol's maps.</summary>
    public int Type { get; init; }

    public string Key { get; init; } = "";

    /// <summary>Takes the key away; in maps only.</summary>
    public bool Removed { get; init; }
}
