namespace Broadcast.Core;

/// <summary>How a user stands with one node. The words go over the wire.</summary>
internal enum UserStage
{
    /// <summary>Not connected there.</summary>
    Away,

    /// <summary>Its first connection has come, and who tells of it is being found out.</summary>
    Coming,

    Online,

    /// <summary>Its last connection has gone, and it may come back.</summary>
    Leaving,

    /// <summary>That it has gone is being told.</summary>
    Going,
}
