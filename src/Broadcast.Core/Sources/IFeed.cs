namespace Broadcast.Core;

/// <summary>A source attached to a room, and what reads the one and publishes into the other. Any thread may call it.</summary>
internal interface IFeed
{
    /// <summary>Whether it was told to stop; from then on it is not shown.</summary>
    bool IsStopping { get; }

    /// <summary>Whether another may take its name.</summary>
    bool IsReplaceable { get; }

    SourceStatus Status { get; }

    void Pause();

    void Resume();

    /// <summary>
    /// Returns when nothing of it runs any more, its last words included, or when it did not stop within
    /// <see cref="SourceOptions.StopTimeout"/> and was left to itself. May be called more than once. Never fails.
    /// </summary>
    Task StopAsync();
}
