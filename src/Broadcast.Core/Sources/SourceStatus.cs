namespace Broadcast.Core;

/// <summary>How a source is.</summary>
public enum SourceState : byte
{
    /// <summary>It is being read; maybe nothing comes at the moment.</summary>
    Running,

    /// <summary>It failed and is read anew after a while.</summary>
    Restarting,

    /// <summary>It gave its last item, and the room accepted it.</summary>
    Ended,

    /// <summary>It failed once too often in a row.</summary>
    Failed,
}

/// <summary>A source as an operator sees it at one moment.</summary>
/// <param name="Since">When it came into this state.</param>
/// <param name="Read">Items read from it since it was attached.</param>
/// <param name="Restarts">How often it was read anew since it was attached.</param>
/// <param name="Reason">Why it is restarting or failed; while running, why the room does not accept its item. Else null.</param>
/// <param name="Attempt">While restarting, which restart in a row comes next; else 0.</param>
/// <param name="NextTry">While restarting, when.</param>
public sealed record SourceStatus(
    string Name,
    string Room,
    SourceState State,
    bool IsPaused,
    DateTimeOffset Since,
    long Read,
    int Restarts,
    string? Reason,
    int Attempt,
    DateTimeOffset? NextTry);
