namespace Broadcast.Core;

/// <summary>What became of a file that was read to its end.</summary>
internal enum FileFate
{
    /// <summary>It is still there and may grow.</summary>
    Unchanged,

    /// <summary>It was emptied in place and is written anew.</summary>
    Truncated,

    /// <summary>Its name belongs to another file now.</summary>
    Replaced,

    /// <summary>Its name belongs to no file now, but the file may be somewhere else.</summary>
    Away,

    /// <summary>It has no name any more and nobody can bring it back.</summary>
    Deleted,
}
