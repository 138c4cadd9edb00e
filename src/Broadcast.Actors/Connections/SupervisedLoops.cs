using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Streams;

namespace Broadcast.Actors;

/// <summary>
/// The event loops of a node whose clients have an actor each, made by <see cref="ConnectionsActor"/>. The hub may be there before that actor, and
/// after it: clients that came before get their actors when it begins. Any thread.
/// </summary>
internal abstract class SupervisedLoops : EventLoops
{
    private readonly ConcurrentDictionary<string, Connection> _clients = new(StringComparer.Ordinal);
    private volatile IActorRef? _connections;

    public Hub Hub { get; private set; } = null!;

    /// <summary>What runs the streams that bring news to clients; null while there is no <see cref="ConnectionsActor"/>.</summary>
    public IMaterializer? Materializer { get; private set; }

    /// <summary>Makes those that a hub is to have; and <see cref="ConnectionsActor.Props"/> takes the same.</summary>
    public static SupervisedLoops For(Delivery delivery, HubOptions options) =>
        delivery == Delivery.Actors ? new ActorLoops() : new ControlledLoops(options);

    internal override void Start(Hub hub)
    {
        Hub = hub;
        hub.Connected += Came;
    }

    /// <summary>The actor has begun.</summary>
    internal void Attach(IActorRef connections, IMaterializer materializer)
    {
        Materializer = materializer;
        _connections = connections;

        // Written before it is looked who is there: who comes after the look finds it.
        Interlocked.MemoryBarrier();
        Attached();
        foreach (var (_, client) in _clients)
        {
            connections.Tell(new ClientCame(client, LoopOf(client.Id)));
        }
    }

    /// <summary>The actor has stopped, and so have those of the clients.</summary>
    internal void Detach()
    {
        (_connections, Materializer) = (null, null);
        Interlocked.MemoryBarrier();
        Detached();
    }

    /// <summary>The actor of a client met a fault and is stopped; so is the client.</summary>
    internal void Fail(string client, Exception fault)
    {
        Hub.Metrics.Faults.Add(1);
        Core.Log.ConnectionFault(Hub.Logger, client, fault);
        if (_clients.TryGetValue(client, out var connection))
        {
            connection.Loop.Post(new LoopAction(() => connection.Abort(Disconnect.ServerError)));
        }
    }

    /// <returns>The loop that the client's actor is to run, if any.</returns>
    private protected virtual ActorLoop? LoopOf(string client) => null;

    private protected virtual void Attached()
    {
    }

    private protected virtual void Detached()
    {
    }

    private protected virtual void Went(string client)
    {
    }

    private void Came(Connection client)
    {
        _clients[client.Id] = client;
        _ = client.Completion.ContinueWith(
            _ =>
            {
                _clients.TryRemove(client.Id, out Connection? _);
                Went(client.Id);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        Interlocked.MemoryBarrier();
        _connections?.Tell(new ClientCame(client, LoopOf(client.Id)));
    }
}
