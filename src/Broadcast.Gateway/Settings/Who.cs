namespace Broadcast.Gateway;

/// <summary>Who may do something; several are joined by commas, as <c>Loopback, SignedIn</c>. A caller with an API key may do everything everywhere.</summary>
[Flags]
public enum Who : byte
{
    /// <summary>No client; only callers with an API key.</summary>
    Nobody = 0,

    /// <summary>Requests from this machine itself: a loopback address, a loopback name as host, and no proxy in between.</summary>
    Loopback = 1,

    /// <summary>Says the same as <see cref="Nobody"/>, but for who reads it: back ends with an API key.</summary>
    ApiKey = 2,

    /// <summary>Whoever has a token whose <c>channels</c> name the room.</summary>
    Token = 4,

    /// <summary>Whoever has a good token, or is known to ASP.NET authentication.</summary>
    SignedIn = 8,

    Anyone = 16,
}
