namespace Broadcast.Core;

/// <summary>See the state table in docs/architecture.md.</summary>
internal enum SubscriptionState : byte
{
    /// <summary>The room is not open yet.</summary>
    Joining,

    /// <summary>A cursor in the room's window.</summary>
    Live,

    /// <summary>Reading history, until it meets the window.</summary>
    CatchingUp,

    Left,
}

/// <summary>The last thing that was decided for a subscription; the answer to "why did it not get it?".</summary>
internal enum Decision : byte
{
    None,
    Joined,
    ReadHistory,
    JoinedWindow,
    Skipped,
    SkippedToLatest,
    Conflated,
    ToldOfGap,
    Paused,
    Resumed,
}
