using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Broadcast.Gateway.Tests;

/// <summary>Signs tokens by hand, good ones and others that no library would make.</summary>
internal static class SignedToken
{
    public const string Secret = "a secret of more than thirty-two bytes";

    public static string Hs256(string payload, string secret = Secret, string? header = null) =>
        Signed(header ?? """{"alg":"HS256","typ":"JWT"}""", payload, text => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), text));

    public static string Rs256(string payload, RSA key, string? header = null) =>
        Signed(header ?? """{"alg":"RS256"}""", payload, text => key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public static string Es256(string payload, ECDsa key, string? header = null) =>
        Signed(header ?? """{"alg":"ES256"}""", payload, text => key.SignData(text, HashAlgorithmName.SHA256));

    public static string Signed(string header, string payload, Func<byte[], byte[]> sign)
    {
        var text = $"{Encode(header)}.{Encode(payload)}";
        return $"{text}.{Base64UrlEncoder.Encode(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    public static string Encode(string text) => Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(text));

    /// <summary>A good token of a user.</summary>
    public static string Of(string? user = "ann", string[]? channels = null, DateTimeOffset? expires = null)
    {
        var claims = new Dictionary<string, object>();
        if (user is not null)
        {
            claims["sub"] = user;
        }

        if (channels is not null)
        {
            claims["channels"] = channels;
        }

        if (expires is { } end)
        {
            claims["exp"] = end.ToUnixTimeSeconds();
        }

        return Hs256(JsonSerializer.Serialize(claims));
    }
}
