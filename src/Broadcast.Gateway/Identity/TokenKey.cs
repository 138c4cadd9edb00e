using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Broadcast.Gateway;

/// <summary>A key that verifies tokens, with the only algorithm it is good for. Immutable.</summary>
internal sealed record TokenKey(SecurityKey Key, string Algorithm, string? Id)
{
    public const int MinSecretBytes = 32;
    private const int MinRsaBits = 2_048;
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <param name="allowShort">Development takes secrets that can be guessed.</param>
    /// <returns>Null, or what is wrong: the name of the setting below the key, and one sentence; never a part of a key.</returns>
    public static string? TryRead(TokenKeyOptions options, bool allowShort, out TokenKey? key)
    {
        key = null;
        if (options.Algorithm is not (SecurityAlgorithms.HmacSha256 or SecurityAlgorithms.RsaSha256 or SecurityAlgorithms.EcdsaSha256))
        {
            return $":Algorithm is '{Requests.Shortened(options.Algorithm)}'; it may be HS256, RS256 or ES256.";
        }

        var isSecret = options.Algorithm == SecurityAlgorithms.HmacSha256;
        var (given, unfit, takes) = isSecret ? (options.Secret, options.PublicKey, "Secret") : (options.PublicKey, options.Secret, "PublicKey");
        if (unfit is not null || (given is null) == (options.Jwk is null))
        {
            return $" is for {options.Algorithm}, which takes either a {takes} or a Jwk, and nothing else.";
        }

        try
        {
            return options.Jwk is not null ? TryReadJwk(options, allowShort, out key)
                : isSecret ? TryReadSecret(Encoding.UTF8.GetBytes(given!), ":Secret", options.Id, allowShort, out key)
                : TryReadPem(options, out key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or FormatException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return options.Jwk is not null
                ? $":Jwk is no JSON Web Key for {options.Algorithm}, and no file that holds one."
                : $":PublicKey is no PEM of a key for {options.Algorithm}, and no file that holds one.";
        }
    }

    private static string? TryReadSecret(byte[] secret, string setting, string? id, bool allowShort, out TokenKey? key)
    {
        key = null;
        if (secret.Length < MinSecretBytes && (!allowShort || secret.Length == 0))
        {
            return $"{setting} has {secret.Length} bytes; HS256 takes at least {MinSecretBytes}, since whoever has one token finds a shorter secret by trying. Only in Development it may be shorter.";
        }

        // The library refuses short keys. HMAC pads keys with zeros itself (RFC 2104), so that this is the same key.
        Array.Resize(ref secret, Math.Max(secret.Length, MinSecretBytes));
        key = new TokenKey(new SymmetricSecurityKey(secret), SecurityAlgorithms.HmacSha256, id);
        return null;
    }

    private static string? TryReadPem(TokenKeyOptions options, out TokenKey? key)
    {
        // In the environment, line ends are often written as \n.
        var pem = options.PublicKey!.Contains("-----BEGIN", StringComparison.Ordinal)
            ? options.PublicKey.Replace("\\n", "\n", StringComparison.Ordinal)
            : File.ReadAllText(options.PublicKey);
        if (options.Algorithm == SecurityAlgorithms.RsaSha256)
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return TryUse(rsa.ExportParameters(includePrivateParameters: false), ":PublicKey", options.Id, out key);
        }

        using var ec = ECDsa.Create();
        ec.ImportFromPem(pem);
        return TryUse(ec.ExportParameters(includePrivateParameters: false), ":PublicKey", options.Id, out key);
    }

    private static string? TryReadJwk(TokenKeyOptions options, bool allowShort, out TokenKey? key)
    {
        key = null;
        var text = options.Jwk!.TrimStart().StartsWith('{') ? options.Jwk : File.ReadAllText(options.Jwk);
        var jwk = JsonWebKey.Create(text);
        if (!string.IsNullOrEmpty(jwk.Alg) && jwk.Alg != options.Algorithm)
        {
            return $":Jwk is for {Requests.Shortened(jwk.Alg)}, and Algorithm is {options.Algorithm}.";
        }

        var id = options.Id ?? (string.IsNullOrEmpty(jwk.Kid) ? null : jwk.Kid);
        return (options.Algorithm, jwk.Kty) switch
        {
            (SecurityAlgorithms.HmacSha256, "oct") => TryReadSecret(Bytes(jwk.K), ":Jwk", id, allowShort, out key),
            (SecurityAlgorithms.RsaSha256, "RSA") => TryUse(new RSAParameters { Modulus = Bytes(jwk.N), Exponent = Bytes(jwk.E) }, ":Jwk", id, out key),
            (SecurityAlgorithms.EcdsaSha256, "EC") when jwk.Crv == "P-256" =>
                TryUse(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Bytes(jwk.X), Y = Bytes(jwk.Y) } }, ":Jwk", id, out key),
            _ => throw new ArgumentException("Another kind of key."),
        };
    }

    private static string? TryUse(RSAParameters parameters, string setting, string? id, out TokenKey? key)
    {
        key = null;
        var rsa = RSA.Create(parameters);
        if (rsa.KeySize < MinRsaBits)
        {
            return $"{setting} has {rsa.KeySize} bits; RS256 takes at least {MinRsaBits}.";
        }

        key = new TokenKey(new RsaSecurityKey(rsa), SecurityAlgorithms.RsaSha256, id);
        return null;
    }

    private static string? TryUse(ECParameters parameters, string setting, string? id, out TokenKey? key)
    {
        key = null;
        if (parameters.Curve.Oid?.Value != P256)
        {
            return $"{setting} is on another curve; ES256 takes P-256.";
        }

        key = new TokenKey(new ECDsaSecurityKey(ECDsa.Create(parameters)), SecurityAlgorithms.EcdsaSha256, id);
        return null;
    }

    private static byte[] Bytes(string? base64Url) => Base64UrlEncoder.DecodeBytes(base64Url ?? throw new ArgumentException("A part is missing."));
}
