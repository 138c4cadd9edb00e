namespace Broadcast.Core;

/// <summary>See the state table in docs/architecture.md; being parked is a flag beside it.</summary>
internal enum ConnectionState : byte
{
    Open,

    /// <summary>What is queued goes out, the close frame last.</summary>
    Closing,

    /// <summary>Reset while the transport still holds a rest; it must let go of it first.</summary>
    Aborting,

    /// <summary>Its loop will not touch the transport again.</summary>
    Closed,
}
