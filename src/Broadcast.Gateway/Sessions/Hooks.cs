namespace Broadcast.Gateway;

/// <summary>What the application does when clients and users come and go. Put together before the application starts; then any thread may read it.</summary>
internal sealed class Hooks(IServiceProvider services, HandlerPool pool)
{
    private readonly Lock _gate = new();
    private bool _isStarted;

    public IReadOnlyList<HandlerBinding> Connected { get; private set; } = [];

    public IReadOnlyList<HandlerBinding> Disconnected { get; private set; } = [];

    public IReadOnlyList<HandlerBinding> Online { get; private set; } = [];

    public IReadOnlyList<HandlerBinding> Offline { get; private set; } = [];

    public bool WantsClients => Connected.Count + Disconnected.Count > 0;

    public bool WantsUsers => Online.Count + Offline.Count > 0;

    /// <exception cref="ArgumentException">It takes or gives what it cannot; the message is one sentence.</exception>
    public void OnConnected(Delegate hook) => Add(() => Connected = [.. Connected, Bound("OnConnected", hook, told: null)]);

    /// <inheritdoc cref="OnConnected"/>
    public void OnDisconnected(Delegate hook) => Add(() => Disconnected = [.. Disconnected, Bound("OnDisconnected", hook, typeof(Disconnect))]);

    /// <inheritdoc cref="OnConnected"/>
    public void OnUserOnline(Delegate hook) => Add(() => Online = [.. Online, OfUser("OnUserOnline", hook)]);

    /// <inheritdoc cref="OnConnected"/>
    public void OnUserOffline(Delegate hook) => Add(() => Offline = [.. Offline, OfUser("OnUserOffline", hook)]);

    /// <summary>No more are added.</summary>
    public void Started()
    {
        lock (_gate)
        {
            _isStarted = true;
        }
    }

    private void Add(Action add)
    {
        lock (_gate)
        {
            if (_isStarted)
            {
                throw new InvalidOperationException("The hook comes too late: hooks are added before the application starts.");
            }

            add();
        }
    }

    private HandlerBinding OfUser(string name, Delegate hook) => Array.Exists(hook.Method.GetParameters(), p => p.ParameterType == typeof(IConnection))
        ? throw new ArgumentException($"The handler '{name}' takes a connection, and is told of a user, who may have several or none.")
        : Bound(name, hook, typeof(string));

    /// <param name="told">What else it is told; null for nothing.</param>
    private HandlerBinding Bound(string name, Delegate hook, Type? told)
    {
        var binding = HandlerBinding.Of(name, hook, services, pool.Json, pool.ReadingJson);
        return binding.Request is null || binding.Request.Type == told ? binding : throw new ArgumentException(
            $"The handler '{name}' takes {binding.Request.Described}, which is neither a service that the application has nor something it is told.");
    }
}
