using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway;

/// <summary>
/// Says who sends a request: by <c>Authorization: Bearer</c>, <c>?token=</c> or <c>X-API-Key</c>, else by what ASP.NET authentication
/// found, else nobody in particular. The first that is there decides; if it is not good, the next is not tried. Any thread may ask.
/// </summary>
internal sealed class Callers(Tokens tokens, ApiKeys apiKeys, Hub hub, ILogger<Callers> logger)
{
    private const string Bearer = "Bearer";

    private static readonly Caller s_anybody = new();
    private static readonly Caller s_local = new() { IsLoopback = true };

    public ValueTask<CallerResult> OfAsync(HttpContext context)
    {
        var isLoopback = Loopback.Sent(context);
        var embedded = Embedded(context, isLoopback);

        // Where the settings have no keys, tokens and keys are the application's affair: its authentication has looked at them.
        if (TokenOf(context.Request) is { } token && (tokens.HasKeys || embedded is null))
        {
            return OfTokenAsync(token, isLoopback);
        }

        if (context.Request.Headers.TryGetValue("X-API-Key", out var key) && (apiKeys.HasKeys || embedded is null))
        {
            return ValueTask.FromResult(OfApiKey(key.ToString(), isLoopback));
        }

        return ValueTask.FromResult(CallerResult.Of(embedded ?? (isLoopback ? s_local : s_anybody)));
    }

    /// <param name="isLoopback">Whether it came from this machine itself.</param>
    public async ValueTask<CallerResult> OfTokenAsync(string token, bool isLoopback)
    {
        var (claims, fault) = await tokens.ReadAsync(token);
        if (fault is not null)
        {
            return Refused(fault);
        }

        return CallerResult.Of(new Caller
        {
            User = claims!.User,
            Info = claims.Info,
            Claims = claims.All,
            Rooms = claims.Rooms,
            Expires = claims.Expires,
            IsSignedIn = true,
            IsLoopback = isLoopback,
        });
    }

    private static string? TokenOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        var isBearer = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && (header.Length == Bearer.Length || header[Bearer.Length] == ' ');
        return isBearer ? header[Bearer.Length..].Trim()
            : request.Query.TryGetValue("token", out var token) ? token.ToString()
            : null;
    }

    private static Caller? Embedded(HttpContext context, bool isLoopback)
    {
        // The context would make up a user where there is none.
        var user = context.Features.Get<IHttpAuthenticationFeature>()?.User;
        if (user?.Identity is not { IsAuthenticated: true })
        {
            return null;
        }

        return new Caller
        {
            User = user.FindFirstValue(ClaimTypes.NameIdentifier) ?? user.FindFirstValue("sub"),
            Principal = user,
            Expires = context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc,
            IsSignedIn = true,
            IsLoopback = isLoopback,
        };
    }

    private CallerResult OfApiKey(string key, bool isLoopback)
    {
        if (!apiKeys.TryFind(key, out var name))
        {
            return Refused("an API key that the settings do not have");
        }

        Log.ApiKeyUsed(logger, name);
        return CallerResult.Of(new Caller { IsApiKey = true, IsLoopback = isLoopback });
    }

    private CallerResult Refused(string fault)
    {
        hub.Metrics.Refused("identity");
        Log.NotIdentified(logger, fault);
        return fault == Tokens.ExpiredFault ? CallerResult.Expired : CallerResult.Invalid;
    }
}
