namespace Broadcast.Core;

/// <summary>What a publication met at one member of its room.</summary>
internal enum Fate : byte
{
    Written,

    /// <summary>The member is not to see it.</summary>
    Withheld,

    LeftBehind,
}
