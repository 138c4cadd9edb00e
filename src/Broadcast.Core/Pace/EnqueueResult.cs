namespace Broadcast.Core;

/// <summary>What a paced broadcaster says at once to who enqueues.</summary>
public enum EnqueueResult : byte
{
    /// <summary>It waits for its turn.</summary>
    Queued,

    /// <summary>It waits in the place of an older one of its key, which will not be sent.</summary>
    Coalesced,

    /// <summary>The line is full; it will not be sent.</summary>
    Refused,

    /// <summary>The broadcaster stops; it will not be sent.</summary>
    Stopping,
}
