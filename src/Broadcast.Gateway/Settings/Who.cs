namespace Broadcast.Gateway;

/// <summary>Who may do something.</summary>
public enum Who : byte
{
    Nobody,

    /// <summary>Requests from this machine itself: a loopback address, a loopback name as host, and no proxy in between.</summary>
    Loopback,

    Anyone,
}
