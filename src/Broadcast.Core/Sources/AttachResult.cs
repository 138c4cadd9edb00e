namespace Broadcast.Core;

/// <summary>What became of the wish to attach a source or a scheduled push.</summary>
public enum AttachResult : byte
{
    Attached,

    /// <summary>The room has one of that name; a source, that has neither ended nor failed.</summary>
    NameInUse,

    /// <summary>The node has <see cref="SourceOptions.MaxSources"/>, or <see cref="ScheduledPushOptions.MaxPushes"/>, already.</summary>
    TooMany,
}
