namespace Broadcast.Gateway;

/// <summary>A key that signs tokens, and the only algorithm it is good for.</summary>
public sealed class TokenKeyOptions
{
    /// <summary><c>HS256</c>, <c>RS256</c> or <c>ES256</c>.</summary>
    public string Algorithm { get; set; } = "";

    /// <summary>For HS256: the secret as text, at least 32 bytes; shorter ones only in Development.</summary>
    public string? Secret { get; set; }

    /// <summary>For RS256 (2,048 bits or more) and ES256: the key as PEM, or the path of a file with it. Of a private key only the public part is used.</summary>
    public string? PublicKey { get; set; }

    /// <summary>Instead of the two above: a JSON Web Key, or the path of a file with it.</summary>
    public string? Jwk { get; set; }

    /// <summary>Chosen by a token's <c>kid</c>. Default: the Jwk's <c>kid</c>; a key without is tried for each token whose kid is no other key's.</summary>
    public string? Id { get; set; }
}
