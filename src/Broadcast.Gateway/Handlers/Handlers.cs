using System.Collections.Concurrent;
using System.Text.Json;

namespace Broadcast.Gateway;

/// <summary>The application's handlers by name. Any thread may call it.</summary>
internal sealed class Handlers(IServiceProvider services, HandlerPool pool)
{
    private readonly ConcurrentDictionary<string, Handler> _handlers = new(StringComparer.Ordinal);
    private bool _isStarted;

    public bool IsEmpty => _handlers.IsEmpty;

    /// <exception cref="ArgumentException">The name or the handler is not good, or the name is taken; the message is one sentence.</exception>
    /// <exception cref="InvalidOperationException">The application has started.</exception>
    public HandlerBuilder Add(string name, Delegate handler)
    {
        if (MethodName.Refusal(name) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(name));
        }

        if (Volatile.Read(ref _isStarted))
        {
            throw new InvalidOperationException($"The handler '{name}' comes too late: handlers are added before the application starts.");
        }

        var added = new Handler(name, HandlerBinding.Of(name, handler, services, pool.Json, pool.ReadingJson));
        return _handlers.TryAdd(name, added) ? new HandlerBuilder(added) : throw new ArgumentException($"There is a handler '{name}' already.", nameof(name));
    }

    public Handler? Find(string name) => _handlers.GetValueOrDefault(name);

    /// <summary>Requests of one client, which may have none for ever.</summary>
    public HandlerQueue QueueOf(Connection connection) => new(this, pool, new HandlerConnection(connection, pool));

    /// <summary>Looks whether handlers have what they ask for.</summary>
    /// <exception cref="InvalidOperationException">One has not; the message is one sentence.</exception>
    public async Task CheckAsync()
    {
        foreach (var handler in _handlers.Values)
        {
            await handler.CheckAsync(services);
        }
    }

    /// <summary>No more are added.</summary>
    public Task StartedAsync()
    {
        Volatile.Write(ref _isStarted, true);
        return CheckAsync();
    }
}
