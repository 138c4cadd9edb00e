using System.Security.Claims;
using System.Text.Json;

namespace Broadcast.Gateway;

/// <summary>Makes of a token's claims what ASP.NET authorisation asks for. Any thread may call it.</summary>
internal static class TokenPrincipal
{
    private const string Subject = "sub";
    private const string Role = "role";
    private const string Roles = "roles";

    /// <param name="claims">The payload of a token that was found good.</param>
    public static ClaimsPrincipal Of(ReadOnlyMemory<byte> claims)
    {
        using var payload = JsonDocument.Parse(claims);
        var identity = new ClaimsIdentity("Bearer", Subject, Role);
        foreach (var claim in payload.RootElement.EnumerateObject())
        {
            if (claim.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var one in claim.Value.EnumerateArray())
                {
                    Add(identity, claim.Name, one);
                }
            }
            else
            {
                Add(identity, claim.Name, claim.Value);
            }
        }

        return new ClaimsPrincipal(identity);
    }

    private static void Add(ClaimsIdentity identity, string name, JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        identity.AddClaim(new Claim(name == Roles ? Role : name, text));
        if (name == Subject)
        {
            // By this name applications look for it.
            identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, text));
        }
    }
}
