namespace Broadcast.Gateway;

/// <summary>Which tokens the node takes. Times may be off by 5 s.</summary>
public sealed class TokenOptions
{
    /// <summary>Keys that sign tokens. Default none: no token is good.</summary>
    public IList<TokenKeyOptions> Keys { get; set; } = [];

    /// <summary>What <c>iss</c> must be. Default: not looked at.</summary>
    public string? Issuer { get; set; }

    /// <summary>What <c>aud</c> must be, or have. Default: not looked at.</summary>
    public string? Audience { get; set; }
}
