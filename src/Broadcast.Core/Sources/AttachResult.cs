namespace Broadcast.Core;

/// <summary>What became of the wish to attach a source.</summary>
public enum AttachResult : byte
{
    Attached,

    /// <summary>The room has a source of that name, and it has neither ended nor failed.</summary>
    NameInUse,

    /// <summary>The node has <see cref="SourceOptions.MaxSources"/> already.</summary>
    TooMany,
}
