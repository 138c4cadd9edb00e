namespace Broadcast.Core;

/// <summary>See the state table in docs/architecture.md.</summary>
internal enum RoomState : byte
{
    /// <summary>The backplane has not answered yet.</summary>
    Opening,

    Open,

    /// <summary>The last member left; kept for a moment, since people reload pages.</summary>
    Lingering,

    Closed,
}
