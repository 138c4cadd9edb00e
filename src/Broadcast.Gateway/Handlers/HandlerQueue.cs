namespace Broadcast.Gateway;

/// <summary>
/// Requests of one client: carried out one after the other, in the order they came, on threads of the pool and never on an event loop. The task that
/// reads from the client adds to it, and does not wait.
/// </summary>
internal sealed class HandlerQueue(Handlers handlers, HandlerPool pool, HandlerConnection connection) : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly Queue<(Handler Handler, HandlerRequest Request)> _waiting = new();
    private Dictionary<Handler, RateGate>? _gates;
    private bool _isRunning;

    /// <summary>Takes a request, or answers at once why not.</summary>
    /// <param name="caller">Who the client has proved to be by now.</param>
    public ValueTask TakeAsync(HandlerRequest request, Caller caller)
    {
        connection.IsApiKey = caller.IsApiKey;
        if (MethodName.Refusal(request.Name) is { } badName)
        {
            return RefuseAsync(request, ErrorCode.BadRequest, badName);
        }

        if (handlers.Find(request.Name) is not { } handler)
        {
            return RefuseAsync(request, ErrorCode.MethodNotFound, null);
        }

        if (handler.Rate is { } rate && !caller.IsApiKey && !GateOf(handler, rate, caller).TryPass(out _))
        {
            pool.CountRefusal("rate");
            return RefuseAsync(request, ErrorCode.TooManyRequests, $"{handler.Name} is limited to {rate.PerSecond} a second; try again later.");
        }

        if (!TryAdd(handler, request))
        {
            pool.CountRefusal("handlers");
            return RefuseAsync(request, ErrorCode.TooManyRequests, "Too many requests wait already; try again later.");
        }

        return ValueTask.CompletedTask;
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private bool TryAdd(Handler handler, HandlerRequest request)
    {
        lock (_gate)
        {
            if (_waiting.Count >= pool.MaxWaitingPerConnection || !pool.TryWait(request))
            {
                return false;
            }

            _waiting.Enqueue((handler, request));
            if (_isRunning)
            {
                return true;
            }

            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    /// <summary>Never fails. Ends when nothing waits.</summary>
    private async Task RunAsync()
    {
        while (TryNext(out var next))
        {
            var hasPlace = await pool.TryTakePlaceAsync(next.Request, connection.Gone);
            if (!hasPlace)
            {
                continue;
            }

            try
            {
                await pool.CarryOutAsync(next.Handler, next.Request, connection);
            }
            finally
            {
                pool.GiveBack();
            }
        }
    }

    private bool TryNext(out (Handler Handler, HandlerRequest Request) next)
    {
        lock (_gate)
        {
            return _isRunning = _waiting.TryDequeue(out next);
        }
    }

    private RateGate GateOf(Handler handler, RateOptions rate, Caller caller)
    {
        if (caller.User is { } user)
        {
            return pool.GateOf(handler, rate, user);
        }

        _gates ??= [];
        return _gates.TryGetValue(handler, out var known) ? known : _gates[handler] = pool.NewGate(rate);
    }

    private async ValueTask RefuseAsync(HandlerRequest request, ErrorCode error, string? message)
    {
        pool.CountOutcome("refused");
        await connection.PostAsync(request.Error(error, message));
    }
}
