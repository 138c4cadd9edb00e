using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway;

/// <summary>What answers the requests of one name. Put together before the application starts; then any thread may use it.</summary>
internal sealed class Handler(string name, HandlerBinding binding)
{
    private readonly List<IAuthorizeData> _asked = [];
    private readonly List<AuthorizationPolicy> _policies = [];
    private AuthorizationPolicy? _policy;

    public string Name => name;

    /// <summary>How often one caller may ask it; null for no limit.</summary>
    public RateOptions? Rate { get; set; }

    private bool IsOpen => _asked.Count == 0 && _policies.Count == 0;

    public void Ask(IAuthorizeData asked) => _asked.Add(asked);

    public void Ask(AuthorizationPolicy policy) => _policies.Add(policy);

    /// <summary>Looks whether the application has the policies that were asked for.</summary>
    /// <exception cref="InvalidOperationException">It has not; the message is one sentence.</exception>
    public async Task CheckAsync(IServiceProvider services)
    {
        if (!IsOpen)
        {
            await PolicyAsync(services);
        }
    }

    /// <summary>Runs on the thread that calls it until the handler first waits.</summary>
    public async ValueTask<HandlerOutcome> AnswerAsync(HandlerRequest request, HandlerConnection connection, IServiceProvider services, CancellationToken cancellation)
    {
        if (!await MayAskAsync(connection, services))
        {
            return HandlerOutcome.Refused(ErrorCode.PermissionDenied);
        }

        object? asked = null;
        if (binding.Request?.TryRead(request.Data, services, out asked) is { } refusal)
        {
            return HandlerOutcome.Refused(ErrorCode.BadRequest, refusal);
        }

        try
        {
            return HandlerOutcome.Answered(await binding.InvokeAsync(new HandlerCall(connection, asked, services, cancellation)));
        }
        catch (RequestException e)
        {
            return HandlerOutcome.Refused(e.Error, e.Message);
        }
    }

    /// <summary>Whoever has an API key may do everything.</summary>
    private async ValueTask<bool> MayAskAsync(HandlerConnection connection, IServiceProvider services)
    {
        if (IsOpen || connection.IsApiKey)
        {
            return true;
        }

        var policy = await PolicyAsync(services);
        var authorisation = services.GetRequiredService<IAuthorizationService>();
        return (await authorisation.AuthorizeAsync(connection.Principal, connection, policy)).Succeeded;
    }

    private async ValueTask<AuthorizationPolicy> PolicyAsync(IServiceProvider services)
    {
        if (_policy is { } known)
        {
            return known;
        }

        if (services.GetService<IAuthorizationService>() is null || services.GetService<IAuthorizationPolicyProvider>() is not { } provider)
        {
            throw new InvalidOperationException($"The handler '{name}' requires authorisation, which the application does not have: call builder.Services.AddAuthorization().");
        }

        foreach (var policy in _asked.Select(a => a.Policy).OfType<string>())
        {
            if (await provider.GetPolicyAsync(policy) is null)
            {
                throw new InvalidOperationException($"The handler '{name}' requires the policy '{policy}', which the application does not have.");
            }
        }

        return _policy = (await AuthorizationPolicy.CombineAsync(provider, _asked, _policies))!;
    }
}
