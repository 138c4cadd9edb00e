namespace Broadcast.Core;

/// <summary>What became of a message to a user who may not be there.</summary>
public enum MailOutcome : byte
{
    /// <summary>Connections of the user got it.</summary>
    Sent,

    /// <summary>Nobody was there; the next connection of the user gets it.</summary>
    Kept,

    /// <summary>Nobody was there, and it is not kept.</summary>
    Refused,

    /// <summary>Nobody was there, and it may be kept or not.</summary>
    Unknown,
}
