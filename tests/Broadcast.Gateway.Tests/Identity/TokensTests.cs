using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Broadcast.Gateway.Tests;

/// <summary>Which tokens are good, and what those are told whose is not.</summary>
public sealed class TokensTests : IDisposable
{
    private const string Refused = """{"error":{"code":101,"message":"The token or key is not good."}}""";

    private readonly RSA _rsa = RSA.Create(2_048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly DateTimeOffset _now = new ManualTime().GetUtcNow();

    public void Dispose()
    {
        _rsa.Dispose();
        _ec.Dispose();
    }

    [Fact]
    public async Task Tokens_of_each_algorithm_are_good()
    {
        await using var node = await StartAsync();

        foreach (var token in new[]
        {
            SignedToken.Hs256("""{"sub":"ann"}"""),
            SignedToken.Rs256("""{"sub":"ann"}""", _rsa),
            SignedToken.Es256("""{"sub":"ann"}""", _ec),
            SignedToken.Hs256("""{"iat":1}"""),
            SignedToken.Hs256($$"""{"sub":"","exp":{{At(0)}}.5,"nbf":{{At(0)}}}"""),
            SignedToken.Hs256("""{"sub":null,"channels":null,"info":null,"exp":99999999999999999}"""),
        })
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, token));
        }
    }

    [Fact]
    public async Task Every_other_token_gets_401_and_is_told_nothing_more()
    {
        await using var node = await StartAsync();

        foreach (var (what, token) in BadTokens())
        {
            using var response = await node.PostAsync("r", IdentityNode.Bearer(token));
            Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{what}: {response.StatusCode}");
            Assert.Equal(Refused, await response.Content.ReadAsStringAsync());
            Assert.Equal("Bearer error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString());
        }
    }

    [Theory]
    [InlineData("GET", "/rooms/r/messages")]
    [InlineData("POST", "/rooms/r/messages")]
    [InlineData("POST", "/broadcast")]
    [InlineData("GET", "/rooms/r/events")]
    [InlineData("GET", "/events?room=r")]
    [InlineData("GET", "/rooms/r/socket")]
    [InlineData("GET", "/rooms/r/presence")]
    [InlineData("GET", "/nodes")]
    [InlineData("POST", "/api/info")]
    [InlineData("GET", "/sources")]
    [InlineData("GET", "/metrics")]
    [InlineData("GET", "/connections/c")]
    [InlineData("POST", "/connections/c/pause")]
    public async Task A_token_that_is_not_good_is_refused_on_every_path_even_where_none_is_needed(string method, string path)
    {
        await using var node = await IdentityNode.StartAsync(IdentityNode.OpenToSignedIn("Anyone"));

        using var forged = await node.SendAsync(new HttpMethod(method), path, IdentityNode.Bearer(SignedToken.Hs256("""{"sub":"ann"}""", "another secret of thirty-two bytes or so")));
        using var expired = await node.SendAsync(new HttpMethod(method), path, IdentityNode.Bearer(SignedToken.Of(expires: _now.AddHours(-1))));

        Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);
        Assert.Equal(Refused, await forged.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
        Assert.Equal("""{"error":{"code":109,"message":"The token has expired."}}""", await expired.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_socket_with_a_token_that_is_not_good_is_not_opened()
    {
        await using var node = await IdentityNode.StartAsync(IdentityNode.OpenToSignedIn("Anyone"));

        Assert.Equal(401, (await node.ConnectAsync("/rooms/r/socket?token=garbage")).Status);
        Assert.Equal(401, (await node.ConnectAsync("/rooms/r/socket?token=")).Status);
        Assert.Equal(401, (await node.ConnectAsync($"/rooms/r/socket?token={SignedToken.Of()}&token={SignedToken.Of()}")).Status);
        Assert.Equal(0, node.Hub.ConnectionCount);
    }

    [Fact]
    public async Task The_header_decides_before_the_query_and_a_token_before_a_key()
    {
        await using var node = await IdentityNode.StartAsync();
        var good = SignedToken.Of();

        Assert.Equal(HttpStatusCode.Unauthorized, (await node.GetAsync($"/rooms/r/messages?token={good}", IdentityNode.Bearer("garbage"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await node.GetAsync("/rooms/r/messages?token=garbage", IdentityNode.Bearer(good))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await node.GetAsync("/rooms/r/messages?token=garbage", ("X-API-Key", IdentityNode.ApiKey))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await node.GetAsync($"/rooms/r/messages?token={good}", ("X-API-Key", "garbage"))).StatusCode);
    }

    [Fact]
    public async Task Other_kinds_of_authorization_are_not_the_nodes_affair()
    {
        await using var node = await IdentityNode.StartAsync(IdentityNode.OpenToSignedIn("Anyone"));

        Assert.Equal(HttpStatusCode.OK, (await node.GetAsync("/rooms/r/messages", ("Authorization", "Basic YTpi"))).StatusCode);
    }

    [Fact]
    public async Task Clocks_may_differ_by_five_seconds_and_not_more()
    {
        await using var node = await StartAsync();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, SignedToken.Hs256($$"""{"exp":{{At(-4)}}}""")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, SignedToken.Hs256($$"""{"exp":{{At(-5)}}}""")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, SignedToken.Hs256($$"""{"nbf":{{At(5)}}}""")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, SignedToken.Hs256($$"""{"nbf":{{At(6)}}}""")));
    }

    [Fact]
    public async Task Issuer_and_audience_are_looked_at_where_they_are_set()
    {
        var settings = Settings();
        settings["Broadcast:Tokens:Issuer"] = "https://login.example";
        settings["Broadcast:Tokens:Audience"] = "broadcast";
        await using var node = await IdentityNode.StartAsync(settings);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, SignedToken.Hs256("""{"iss":"https://login.example","aud":"broadcast"}""")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, SignedToken.Hs256("""{"iss":"https://login.example","aud":["other","broadcast"]}""")));
        foreach (var claims in new[]
        {
            """{"iss":"https://login.example","aud":"other"}""",
            """{"iss":"https://login.example","aud":[]}""",
            """{"iss":"https://login.example"}""",
            """{"iss":"https://other.example","aud":"broadcast"}""",
            """{"aud":"broadcast"}""",
            """{"iss":"","aud":"broadcast"}""",
            "{}",
        })
        {
            using var response = await node.PostAsync("r", IdentityNode.Bearer(SignedToken.Hs256(claims)));
            Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, claims);
            Assert.Equal(Refused, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_kid_chooses_among_several_keys_and_keys_without_an_id_take_any()
    {
        var settings = IdentityNode.OpenToSignedIn();
        for (var i = 0; i < 3; i++)
        {
            settings[$"Broadcast:Tokens:Keys:{i}:Algorithm"] = "HS256";
            settings[$"Broadcast:Tokens:Keys:{i}:Secret"] = Secret(i);
        }

        settings["Broadcast:Tokens:Keys:0:Id"] = "old";
        settings["Broadcast:Tokens:Keys:1:Id"] = "new";
        await using var node = await IdentityNode.StartAsync(settings);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, Signed(0, "old")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, Signed(1, "new")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, Signed(0, null)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, Signed(2, null)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, Signed(2, "not in the settings")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, Signed(1, "old")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, Signed(2, "new")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, Signed(0, "not in the settings")));

        static string Secret(int i) => $"secret number {i}, which is long enough";
        static string Signed(int i, string? kid) =>
            SignedToken.Hs256("""{"sub":"ann"}""", Secret(i), kid is null ? null : $$"""{"alg":"HS256","kid":"{{kid}}"}""");
    }

    [Fact]
    public async Task A_secret_that_is_short_works_in_Development()
    {
        var settings = Settings();
        settings["Broadcast:Tokens:Keys:0:Secret"] = "secret";
        await using var node = await IdentityNode.StartAsync(settings, "Development");

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, SignedToken.Hs256("""{"iat":1}""", "secret")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, SignedToken.Hs256("""{"iat":1}""", "secret2")));
    }

    [Fact]
    public async Task Without_keys_no_token_is_good()
    {
        await using var node = await IdentityNode.StartAsync(
            IdentityNode.OpenToSignedIn("Anyone").Where(s => !s.Key.StartsWith("Broadcast:Tokens", StringComparison.Ordinal)).ToDictionary());

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, SignedToken.Of()));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, SignedToken.Hs256("""{"sub":"ann"}""", "")));
    }

    [Fact]
    public async Task No_change_of_a_token_leaves_it_good()
    {
        await using var node = await StartAsync();
        var token = SignedToken.Of("ann", ["r"]);
        var random = new Random(1);

        for (var i = 0; i < 300; i++)
        {
            var changed = new StringBuilder(token);
            changed[random.Next(token.Length - 1)] = "ABCabc012-_.{"[random.Next(13)];
            var status = await StatusAsync(node, changed.ToString());
            Assert.True(status == HttpStatusCode.Unauthorized || changed.Equals(token.AsSpan()), changed.ToString());
        }
    }

    [Fact]
    public async Task Neither_tokens_nor_keys_appear_in_logs_and_why_they_are_refused_does()
    {
        await using var node = await IdentityNode.StartAsync();
        var (good, forged, expired) = (SignedToken.Of(), SignedToken.Hs256("""{"sub":"eve"}""", new string('x', 40)), SignedToken.Of(expires: _now.AddDays(-1)));
        foreach (var token in new[] { good, forged, expired })
        {
            await node.GetAsync($"/rooms/r/messages?token={token}");
            await node.GetAsync("/rooms/r/messages", IdentityNode.Bearer(token));
            await node.ConnectAsync($"/rooms/r/socket?token={token}");
        }

        await node.GetAsync("/rooms/r/messages", ("X-API-Key", IdentityNode.ApiKey));
        await node.GetAsync("/rooms/r/messages", ("X-API-Key", "a-key-that-is-not-good"));

        var log = string.Join('\n', node.Log.Lines);
        foreach (var secret in new[] { SignedToken.Secret, IdentityNode.ApiKey, "a-key-that-is-not-good" }.Concat(new[] { good, forged, expired }.SelectMany(t => t.Split('.').Skip(1))))
        {
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        }

        Assert.Contains("it came with a token that has expired.", log, StringComparison.Ordinal);
        Assert.Contains("it came with a token that no key of the settings for its algorithm and kid has signed.", log, StringComparison.Ordinal);
        Assert.Contains("it came with an API key that the settings do not have.", log, StringComparison.Ordinal);
        Assert.Contains("A request came with API key orders.", log, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(IdentityNode node, string token)
    {
        using var response = await node.PostAsync("r", IdentityNode.Bearer(token));
        return response.StatusCode;
    }

    private Task<IdentityNode> StartAsync() => IdentityNode.StartAsync(Settings());

    private Dictionary<string, string?> Settings() => new(IdentityNode.OpenToSignedIn())
    {
        ["Broadcast:Tokens:Keys:1:Algorithm"] = "RS256",
        ["Broadcast:Tokens:Keys:1:PublicKey"] = _rsa.ExportSubjectPublicKeyInfoPem(),
        ["Broadcast:Tokens:Keys:2:Algorithm"] = "ES256",
        ["Broadcast:Tokens:Keys:2:PublicKey"] = _ec.ExportSubjectPublicKeyInfoPem(),
    };

    private long At(int seconds) => _now.AddSeconds(seconds).ToUnixTimeSeconds();

    private IEnumerable<(string What, string Token)> BadTokens()
    {
        const string Ann = """{"sub":"ann"}""";
        var good = SignedToken.Hs256(Ann);
        var parts = good.Split('.');
        yield return ("nothing", "");
        yield return ("a word", "garbage");
        yield return ("dots", "..");
        yield return ("three words", "a.b.c");
        yield return ("not ASCII", "ä.ö.ü");
        yield return ("very long", new string('a', 20_000));
        yield return ("no signature", $"{parts[0]}.{parts[1]}");
        yield return ("empty signature", $"{parts[0]}.{parts[1]}.");
        yield return ("half a signature", good[..^20]);
        yield return ("four parts", good + ".a");
        yield return ("five parts", good + ".a.b");
        yield return ("another payload", $"{parts[0]}.{SignedToken.Encode("""{"sub":"bob"}""")}.{parts[2]}");
        yield return ("another header", $"{SignedToken.Encode("""{"alg":"HS256"}""")}.{parts[1]}.{parts[2]}");
        yield return ("another secret", SignedToken.Hs256(Ann, SignedToken.Secret + " "));
        foreach (var none in new[] { "none", "None", "NONE", "nOnE", "" })
        {
            yield return ($"alg '{none}'", $"{SignedToken.Encode($$"""{"alg":"{{none}}"}""")}.{parts[1]}.");
            yield return ($"alg '{none}', signed", SignedToken.Hs256(Ann, header: $$"""{"alg":"{{none}}"}"""));
        }

        yield return ("no alg", SignedToken.Hs256(Ann, header: """{"typ":"JWT"}"""));
        yield return ("the public key as a secret", SignedToken.Hs256(Ann, _rsa.ExportSubjectPublicKeyInfoPem()));
        yield return ("the public key's bytes as a secret", SignedToken.Signed(
            """{"alg":"HS256"}""", Ann, text => HMACSHA256.HashData(_rsa.ExportSubjectPublicKeyInfo(), text)));
        yield return ("the secret, said to be RS256", SignedToken.Hs256(Ann, header: """{"alg":"RS256"}"""));
        yield return ("the secret, with HS384", SignedToken.Signed(
            """{"alg":"HS384"}""", Ann, text => HMACSHA384.HashData(Encoding.UTF8.GetBytes(SignedToken.Secret), text)));
        yield return ("the secret, with HS512", SignedToken.Signed(
            """{"alg":"HS512"}""", Ann, text => HMACSHA512.HashData(Encoding.UTF8.GetBytes(SignedToken.Secret), text)));
        yield return ("the RSA key, with PS256", SignedToken.Signed(
            """{"alg":"PS256"}""", Ann, text => _rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)));
        yield return ("the RSA key, with RS512", SignedToken.Signed(
            """{"alg":"RS512"}""", Ann, text => _rsa.SignData(text, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)));
        yield return ("the curve's key, said to be RS256", SignedToken.Es256(Ann, _ec, """{"alg":"RS256"}"""));
        yield return ("an ES256 signature of zeros", SignedToken.Signed("""{"alg":"ES256"}""", Ann, _ => new byte[64]));
        using var otherRsa = RSA.Create(2_048);
        yield return ("another RSA key", SignedToken.Rs256(Ann, otherRsa));
        yield return ("another RSA key, which the token brings", SignedToken.Rs256(Ann, otherRsa, Jwk(otherRsa)));
        yield return ("crit", SignedToken.Hs256(Ann, header: """{"alg":"HS256","crit":["b64"],"b64":true}"""));
        yield return ("a payload that is no JSON", SignedToken.Hs256("garbage"));
        yield return ("a payload that is a list", SignedToken.Hs256("[]"));
        yield return ("a payload that is a number", SignedToken.Hs256("1"));
        yield return ("deep", SignedToken.Hs256("""{"info":""" + new string('[', 5_000) + new string(']', 5_000) + "}"));
        yield return ("sub is a number", SignedToken.Hs256("""{"sub":1}"""));
        yield return ("sub is too long", SignedToken.Hs256($$"""{"sub":"{{new string('ä', 128)}}"}"""));
        yield return ("sub is no text", SignedToken.Hs256("""{"sub":"\ud800"}"""));
        yield return ("channels is a text", SignedToken.Hs256("""{"channels":"r"}"""));
        yield return ("channels has a number", SignedToken.Hs256("""{"channels":["r",1]}"""));
        yield return ("a subscription's", SignedToken.Hs256("""{"sub":"ann","channel":"r"}"""));
        yield return ("exp is a text", SignedToken.Hs256($$"""{"exp":"{{At(100)}}"}"""));
        yield return ("exp is null", SignedToken.Hs256("""{"exp":null}"""));
        yield return ("nbf is a text", SignedToken.Hs256("""{"nbf":"now"}"""));
        yield return ("not good yet", SignedToken.Hs256($$"""{"nbf":{{At(60)}}}"""));
    }

    private static string Jwk(RSA key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return $$$"""{"alg":"RS256","jwk":{"kty":"RSA","n":"{{{Base64UrlEncoder.Encode(parameters.Modulus)}}}","e":"{{{Base64UrlEncoder.Encode(parameters.Exponent)}}}"}}""";
    }
}
