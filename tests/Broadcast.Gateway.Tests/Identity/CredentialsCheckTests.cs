using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Broadcast.Gateway.Tests;

/// <summary>Keys in the settings that cannot be used are named at start, in one sentence each, and never quoted.</summary>
public sealed class CredentialsCheckTests
{
    private const string LongEnough = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("", null, null, null, ":Algorithm is ''; it may be HS256, RS256 or ES256.")]
    [InlineData("none", null, null, null, ":Algorithm is 'none'; it may be HS256, RS256 or ES256.")]
    [InlineData("hs256", LongEnough, null, null, ":Algorithm is 'hs256'; it may be HS256, RS256 or ES256.")]
    [InlineData("HS256", null, null, null, " is for HS256, which takes either a Secret or a Jwk, and nothing else.")]
    [InlineData("HS256", LongEnough, LongEnough, null, " is for HS256, which takes either a Secret or a Jwk, and nothing else.")]
    [InlineData("HS256", LongEnough, null, "{}", " is for HS256, which takes either a Secret or a Jwk, and nothing else.")]
    [InlineData("RS256", LongEnough, null, null, " is for RS256, which takes either a PublicKey or a Jwk, and nothing else.")]
    [InlineData("ES256", null, "garbage", null, ":PublicKey is no PEM of a key for ES256, and no file that holds one.")]
    [InlineData("RS256", null, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", null, ":PublicKey is no PEM of a key for RS256, and no file that holds one.")]
    [InlineData("RS256", null, null, "garbage", ":Jwk is no JSON Web Key for RS256, and no file that holds one.")]
    [InlineData("RS256", null, null, "{", ":Jwk is no JSON Web Key for RS256, and no file that holds one.")]
    [InlineData("RS256", null, null, """{"kty":"RSA"}""", ":Jwk is no JSON Web Key for RS256, and no file that holds one.")]
    [InlineData("RS256", null, null, """{"kty":"oct","k":"AAAA"}""", ":Jwk is no JSON Web Key for RS256, and no file that holds one.")]
    [InlineData("ES256", null, null, """{"kty":"EC","crv":"P-384","x":"AAAA","y":"AAAA"}""", ":Jwk is no JSON Web Key for ES256, and no file that holds one.")]
    [InlineData("ES256", null, null, """{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}""", ":Jwk is no JSON Web Key for ES256, and no file that holds one.")]
    [InlineData("HS256", null, null, """{"kty":"oct","k":"AAAA"}""", ":Jwk has 3 bytes; HS256 takes at least 32, since whoever has one token finds a shorter secret by trying. Only in Development it may be shorter.")]
    [InlineData("HS256", null, null, """{"kty":"oct","alg":"HS512","k":"AAAA"}""", ":Jwk is for HS512, and Algorithm is HS256.")]
    public async Task A_key_that_cannot_be_used_is_named(string algorithm, string? secret, string? publicKey, string? jwk, string sentence)
    {
        Assert.Equal([$"Broadcast:Tokens:Keys:0{sentence}"], await FailuresAsync(Key(0, algorithm, secret, publicKey, jwk)));
    }

    [Theory]
    [InlineData("secret", "Production", false)]
    [InlineData("0123456789abcdef0123456789abcde", "Staging", false)]
    [InlineData(LongEnough, "Production", true)]
    [InlineData("secret", "Development", true)]
    [InlineData("", "Development", false)]
    public async Task A_secret_that_can_be_found_by_trying_is_for_Development_only(string secret, string environment, bool isGood)
    {
        var failures = await FailuresAsync(Key(0, "HS256", secret), environment);

        Assert.Equal(isGood, failures.Length == 0);
        Assert.All(failures, f => Assert.Contains("takes at least 32", f, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_form_of_a_good_key_is_taken_as_text_or_file()
    {
        using var rsa = RSA.Create(2_048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var (pem, json) = (Path.Combine(folder.FullName, "key.pem"), Path.Combine(folder.FullName, "key.json"));
            await File.WriteAllTextAsync(pem, rsa.ExportSubjectPublicKeyInfoPem());
            await File.WriteAllTextAsync(json, Jwk(ec));
            foreach (var good in new[]
            {
                Key(0, "RS256", null, rsa.ExportSubjectPublicKeyInfoPem()),
                Key(0, "RS256", null, rsa.ExportRSAPublicKeyPem()),
                Key(0, "RS256", null, rsa.ExportPkcs8PrivateKeyPem()),
                Key(0, "RS256", null, rsa.ExportSubjectPublicKeyInfoPem().Replace("\n", "\\n", StringComparison.Ordinal)),
                Key(0, "RS256", null, pem),
                Key(0, "ES256", null, ec.ExportSubjectPublicKeyInfoPem()),
                Key(0, "ES256", null, ec.ExportECPrivateKeyPem()),
                Key(0, "ES256", null, null, Jwk(ec)),
                Key(0, "ES256", null, null, json),
                Key(0, "HS256", null, null, $$"""{"kty":"oct","alg":"HS256","k":"{{Base64UrlEncoder.Encode(LongEnough)}}"}"""),
            })
            {
                Assert.Empty(await FailuresAsync(good));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_key_that_is_weak_or_of_another_kind_is_named()
    {
        using var small = RSA.Create(1_024);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Equal(
            ["Broadcast:Tokens:Keys:0:PublicKey has 1024 bits; RS256 takes at least 2048."],
            await FailuresAsync(Key(0, "RS256", null, small.ExportSubjectPublicKeyInfoPem())));
        Assert.Equal(
            ["Broadcast:Tokens:Keys:0:PublicKey is on another curve; ES256 takes P-256."],
            await FailuresAsync(Key(0, "ES256", null, p384.ExportSubjectPublicKeyInfoPem())));
        Assert.Equal(
            ["Broadcast:Tokens:Keys:0:PublicKey is no PEM of a key for RS256, and no file that holds one."],
            await FailuresAsync(Key(0, "RS256", null, p384.ExportSubjectPublicKeyInfoPem())));
    }

    [Fact]
    public async Task Ids_that_are_the_same_are_named_those_of_Jwks_too()
    {
        var settings = Key(0, "HS256", LongEnough);
        settings["Broadcast:Tokens:Keys:0:Id"] = "one";
        foreach (var (key, value) in Key(1, "HS256", null, null, $$"""{"kty":"oct","kid":"one","k":"{{Base64UrlEncoder.Encode(LongEnough)}}"}"""))
        {
            settings[key] = value;
        }

        Assert.Equal(["Broadcast:Tokens:Keys:1:Id is 'one', as is that of another key; a token's kid must choose one."], await FailuresAsync(settings));
    }

    [Fact]
    public async Task API_keys_that_are_short_or_the_same_or_no_headers_are_named_and_not_quoted()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Broadcast:ApiKeys:0:Key"] = "test-api-key",
            ["Broadcast:ApiKeys:1:Name"] = "one",
            ["Broadcast:ApiKeys:1:Key"] = LongEnough,
            ["Broadcast:ApiKeys:2:Name"] = "one",
            ["Broadcast:ApiKeys:2:Key"] = LongEnough,
            ["Broadcast:ApiKeys:3:Key"] = "a key that has spaces",
        };

        Assert.Equal(
            [
                "Broadcast:ApiKeys:0:Key has 12 characters; it takes at least 16, since it opens everything. Only in Development it may be shorter.",
                "Broadcast:ApiKeys:2:Key is that of another entry; each has its own.",
                "Broadcast:ApiKeys:2:Name is 'one'; each key has a name of its own, or none.",
                "Broadcast:ApiKeys:3:Key has characters that a header cannot carry; it may have letters, digits and signs of ASCII, and no spaces.",
            ],
            await FailuresAsync(settings));
        Assert.Empty(await FailuresAsync(new() { ["Broadcast:ApiKeys:0:Key"] = "test-api-key" }, "Development"));
    }

    [Theory]
    [InlineData("Loopback, SignedIn", null)]
    [InlineData("signedin,apikey", null)]
    [InlineData("Token", "Broadcast:Operators is 'Token'; tokens name rooms and no operators, so that Token is not among what it may be.")]
    [InlineData("64", "Broadcast:Operators is '64'; it may be Nobody, Loopback, ApiKey, Token, SignedIn, Anyone.")]
    public async Task Who_is_one_of_the_names_or_several_of_them(string who, string? sentence)
    {
        Assert.Equal(sentence is null ? [] : [sentence], await FailuresAsync(new() { ["Broadcast:Operators"] = who }));
    }

    private static string Jwk(ECDsa key)
    {
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        return $$"""{"kty":"EC","crv":"P-256","kid":"k","x":"{{Base64UrlEncoder.Encode(q.X)}}","y":"{{Base64UrlEncoder.Encode(q.Y)}}"}""";
    }

    private static Dictionary<string, string?> Key(int at, string algorithm, string? secret, string? publicKey = null, string? jwk = null) =>
        new (string Name, string? Value)[] { ("Algorithm", algorithm), ("Secret", secret), ("PublicKey", publicKey), ("Jwk", jwk) }
            .Where(s => s.Value is not null)
            .ToDictionary(s => $"Broadcast:Tokens:Keys:{at}:{s.Name}", s => s.Value);

    private static async Task<string[]> FailuresAsync(Dictionary<string, string?> settings, string environment = "Production")
    {
        try
        {
            await using var node = await IdentityNode.StartAsync(settings, environment);
            return [];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
    }
}
