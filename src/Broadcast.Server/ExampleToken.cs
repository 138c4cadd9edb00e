using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Broadcast.Server;

/// <summary>Shows a newcomer in Development a token that works, and how to use it.</summary>
internal static class ExampleToken
{
    private const string Keys = $"{BroadcastOptions.Section}:Tokens:Keys";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>Without any key in the settings, there is one for as long as the process lives.</summary>
    public static void AddKey(ConfigurationManager configuration)
    {
        if (configuration.GetSection(Keys).GetChildren().Any())
        {
            return;
        }

        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"{Keys}:0:Algorithm"] = SecurityAlgorithms.HmacSha256,
            [$"{Keys}:0:Secret"] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
        });
    }

    /// <summary>Prints nothing if the settings have no secret to sign with.</summary>
    public static void Print(WebApplication app, TextWriter output)
    {
        var options = app.Services.GetRequiredService<IOptions<BroadcastOptions>>().Value;
        if (options.Tokens.Keys.FirstOrDefault(k => k.Secret is not null) is not { } key)
        {
            return;
        }

        var url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? Node.DefaultUrls;
        var token = Create(options.Tokens, key, app.Services.GetRequiredService<TimeProvider>().GetUtcNow());
        output.WriteLine($"Try a token; it is the user demo's for {Lifetime.TotalHours} hours, and shown in Development only:");
        output.WriteLine($"  curl -H 'Authorization: Bearer {token}' -d hello {Reachable(url)}/rooms/{RoomOf(options)}/messages");
    }

    private static string Create(TokenOptions options, TokenKeyOptions key, DateTimeOffset now)
    {
        // As the node itself does: HMAC pads a short secret with zeros, and the library takes none that is short.
        var secret = Encoding.UTF8.GetBytes(key.Secret!);
        Array.Resize(ref secret, Math.Max(secret.Length, 32));
        var claims = new Dictionary<string, object>
        {
            ["sub"] = "demo",
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
        };
        if (options.Issuer is not null)
        {
            claims["iss"] = options.Issuer;
        }

        if (options.Audience is not null)
        {
            claims["aud"] = options.Audience;
        }

        var signing = new SigningCredentials(new SymmetricSecurityKey(secret) { KeyId = key.Id }, SecurityAlgorithms.HmacSha256);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(JsonSerializer.Serialize(claims), signing);
    }

    /// <summary>A room that who is signed in may publish to.</summary>
    private static string RoomOf(BroadcastOptions options)
    {
        var rooms = options.Rooms.Where(r => (r.Publish & (Who.SignedIn | Who.Anyone)) != 0).Select(r => r.Name).ToArray();
        var name = rooms.Contains("*") ? "*" : rooms.FirstOrDefault("*");
        return Uri.EscapeDataString(name.EndsWith('*') ? name[..^1] + "news" : name);
    }

    private static string Reachable(string url) =>
        url.Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal).TrimEnd('/');
}
