namespace Broadcast.Core;

/// <summary>What became of a tick of a scheduled push. The names, in lower case, are those of the metric's label.</summary>
internal enum TickOutcome : byte
{
    Published,

    /// <summary>The function had nothing to say.</summary>
    Empty,

    /// <summary>Nobody on this node was in the room; the function was not called.</summary>
    Unheard,

    /// <summary>The tick before was still at work, or the process stood still.</summary>
    Skipped,

    /// <summary>The function threw or took too long, or the room did not accept what it gave.</summary>
    Failed,
}
