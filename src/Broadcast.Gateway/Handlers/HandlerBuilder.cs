using Microsoft.AspNetCore.Authorization;

namespace Broadcast.Gateway;

/// <summary>Says what a handler asks of those who ask it. Used before the application starts.</summary>
public sealed class HandlerBuilder
{
    private readonly Handler _handler;

    internal HandlerBuilder(Handler handler) => _handler = handler;

    /// <summary>Refuses callers that a policy of the application does not let through, with error 103. Whoever has an API key is let through.</summary>
    /// <param name="policies">Their names, all of which must be met; none stands for the default policy: whoever is signed in.</param>
    public HandlerBuilder RequireAuthorization(params string[] policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        foreach (var asked in policies.Length == 0 ? [new AuthorizeAttribute()] : policies.Select(p => new AuthorizeAttribute(p)))
        {
            _handler.Ask(asked);
        }

        return this;
    }

    /// <summary>Refuses callers that a policy does not let through, with error 103. Whoever has an API key is let through.</summary>
    public HandlerBuilder RequireAuthorization(AuthorizationPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _handler.Ask(policy);
        return this;
    }

    /// <summary>
    /// Refuses who asks more often, with error 111: each user on this node, over all of his connections, and each connection without a user. Callers with
    /// an API key have no rate.
    /// </summary>
    /// <param name="perSecond">In the long run.</param>
    /// <param name="burst">At once after a pause.</param>
    public HandlerBuilder RateLimit(int perSecond, int burst = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perSecond, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(perSecond, RateOptions.Max);
        ArgumentOutOfRangeException.ThrowIfLessThan(burst, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(burst, RateOptions.Max);
        _handler.Rate = new RateOptions { PerSecond = perSecond, Burst = burst };
        return this;
    }
}
