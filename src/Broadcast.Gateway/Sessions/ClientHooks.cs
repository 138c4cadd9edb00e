using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>
/// Raises the application's hooks: for each client that was let in once when it has come and once when it has gone, in this order, on the thread pool. Clients
/// do not wait for it. Any thread may call it.
/// </summary>
internal sealed class ClientHooks : IDisposable
{
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Hooks _hooks;
    private readonly HookOptions _options;
    private readonly SemaphoreSlim _places;
    private readonly HandlerPool _pool;
    private readonly Hub _hub;
    private readonly OnlineUsers _users;
    private readonly Losses _losses;
    private readonly IServiceScopeFactory _scopes;
    private readonly ILogger _logger;
    private readonly Counter<long> _raised;
    private int _waiting;
    private int _active;
    private bool _isStopping;

    public ClientHooks(
        Hooks hooks, HandlerPool pool, Hub hub, Cluster cluster, IServiceScopeFactory scopes, IOptions<BroadcastOptions> options, ILogger<ClientHooks> logger)
    {
        (_hooks, _pool, _hub, _users, _losses) = (hooks, pool, hub, cluster.Users, cluster.Losses);
        (_scopes, _logger, _options) = (scopes, logger, options.Value.Hooks);
        _places = new SemaphoreSlim(_options.MaxRunning);
        _users.Online = user => RaiseAsync(_hooks.Online, connection: null, user);
        _users.Offline = user => RaiseAsync(_hooks.Offline, connection: null, user);
        _losses.IsWanted = () => _hooks.WantsClients || _hooks.WantsUsers;
        _losses.Lost = client => RaiseAsync(_hooks.Disconnected, new LostConnection(client), Disconnect.NodeLost);
        var meter = hub.Metrics.Publications.Meter;
        _raised = meter.CreateCounter<long>("broadcast.hooks", description: "hooks of the application that ran, by outcome");
        meter.CreateObservableUpDownCounter("broadcast.hooks_waiting", () => Volatile.Read(ref _waiting), description: "clients and users whose hooks wait");
    }

    /// <summary>Lets a client in; once for each. A node that stops waits for the hooks of whoever was told to be in, from before it can have been told.</summary>
    /// <param name="letIn">Tells the client; returns whether it was let in.</param>
    public async Task LetInAsync(Connection connection, Caller caller, Func<Task<bool>> letIn)
    {
        if (!_hooks.WantsClients && !(_hooks.WantsUsers && caller.User is not null))
        {
            await letIn();
            return;
        }

        Interlocked.Increment(ref _active);
        var isFollowed = false;
        try
        {
            if (!await letIn())
            {
                return;
            }

            if (Volatile.Read(ref _waiting) >= _options.MaxWaiting)
            {
                _hub.Metrics.Refused("hooks");
                _ = connection.PostClose(Disconnect.TooManyRequests);
                return;
            }

            isFollowed = true;
            _ = FollowAsync(connection, caller);
        }
        finally
        {
            if (!isFollowed)
            {
                StopFollowing();
            }
        }
    }

    /// <summary>Waits for hooks of clients and users that have gone.</summary>
    public async Task StopAsync(CancellationToken cut)
    {
        _losses.StopDoubting();
        Volatile.Write(ref _isStopping, true);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _active) == 0)
        {
            _none.TrySetResult();
        }

        try
        {
            await ToldAsync(cut).WaitAsync(_options.StopTimeout, _hub.Time, cut);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Log.HooksLeft(_logger, _options.StopTimeout);
        }

        async Task ToldAsync(CancellationToken cancellation)
        {
            await _none.Task;
            await _users.StopAsync(cancellation);
        }
    }

    public void Dispose() => _places.Dispose();

    /// <summary>Never fails. One client's hooks are raised one after the other.</summary>
    private async Task FollowAsync(Connection connection, Caller caller)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var user = _hooks.WantsUsers ? caller.User : null;
        if (user is not null)
        {
            _users.Came(user);
        }

        _losses.Came(connection.Id, caller.User);
        var seen = _hooks.WantsClients ? new HandlerConnection(connection, _pool) : null;
        await RaiseAsync(_hooks.Connected, seen, told: null);
        var reason = await connection.Completion;
        if (await _losses.EndAsync(connection.Id))
        {
            if (user is not null)
            {
                _users.Went(user);
            }

            await RaiseAsync(_hooks.Disconnected, seen, reason);
            _losses.Went(connection.Id);
        }

        StopFollowing();
    }

    private void StopFollowing()
    {
        if (Interlocked.Decrement(ref _active) == 0 && Volatile.Read(ref _isStopping))
        {
            _none.TrySetResult();
        }
    }

    private async Task RaiseAsync(IReadOnlyList<HandlerBinding> hooks, IConnection? connection, object? told)
    {
        if (hooks.Count == 0)
        {
            return;
        }

        Interlocked.Increment(ref _waiting);
        try
        {
            await _places.WaitAsync();
        }
        catch (ObjectDisposedException)
        {
            // They outlived the node.
            return;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        foreach (var hook in hooks)
        {
            await RunAsync(hook, connection, told);
        }

        try
        {
            _places.Release();
        }
        catch (ObjectDisposedException)
        {
            // As above.
        }
    }

    private async Task RunAsync(HandlerBinding hook, IConnection? connection, object? told)
    {
        var whom = connection?.Id ?? told as string ?? "";
        using var limit = new CallLimit(_options.Timeout, _hub.Time, e => Log.CancellingHookFailed(_logger, hook.Name, whom, e));
        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            await hook.InvokeAsync(new HandlerCall(connection!, told, scope.ServiceProvider, limit.Token));
            _raised.Add(1, new KeyValuePair<string, object?>("outcome", "done"));
        }
        catch (Exception e)
        {
            _raised.Add(1, new KeyValuePair<string, object?>("outcome", "failed"));
            Log.HookFailed(_logger, hook.Name, whom, e);
        }
    }
}
