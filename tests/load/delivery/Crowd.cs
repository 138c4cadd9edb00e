using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Broadcast.Actors;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Load;

/// <summary>
/// A node with one room and some thousand clients in it, all written to in one way. Payloads of 128 bytes; a publisher goes on when those before its last
/// ones have reached everybody. Each client copies into 4 KiB of its own.
/// </summary>
internal sealed class Crowd : IAsyncDisposable
{
    private const int Payload = 128;
    private const int Buffer = 4 << 10;
    private const string Room = "room";

    /// <summary>Clients share that many counts, so that few of them count together.</summary>
    private const int Groups = 16;

    private readonly ActorSystem _actors = ActorSystem.Create("load", ConfigurationFactory.ParseString("akka.loglevel = WARNING"));
    private readonly Delivered[] _delivered = [.. Enumerable.Range(0, Groups).Select(_ => new Delivered())];
    private readonly List<Client> _clients = [];
    private readonly Hub _hub;
    private long _published;

    private Crowd(Delivery delivery)
    {
        var (options, rule) = (new HubOptions(), new RoomRule());
        var loops = SupervisedLoops.For(delivery, options);
        var backplane = new LocalBackplane(new LocalBackplaneOptions(), _ => rule, TimeProvider.System);
        _hub = new Hub(options, backplane, _ => rule, TimeProvider.System, NullLogger<Hub>.Instance, loops);
        _actors.ActorOf(ConnectionsActor.Props(loops), ConnectionsActor.Name);
    }

    /// <summary>Bytes of the heap that a client takes, what is its end's left out.</summary>
    public double BytesPerClient { get; private set; }

    public static async Task<Crowd> StartAsync(Delivery delivery, int clients)
    {
        var crowd = new Crowd(delivery);
        await crowd.JoinAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < clients; i++)
        {
            await crowd.JoinAsync();
        }

        crowd.Publish(1);
        crowd.WaitFor(crowd._published);
        crowd.BytesPerClient = ((GC.GetTotalMemory(forceFullCollection: true) - before) / (double)clients) - Buffer;
        return crowd;
    }

    /// <param name="atOnce">Publications that are at hand together.</param>
    public (double PerSecond, double PerCpuSecond) Run(TimeSpan time, int atOnce)
    {
        var (start, cpu, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, _published);
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            var beforeThese = _published;
            Publish(atOnce);
            WaitFor(beforeThese);
        }

        WaitFor(_published);
        var (took, used) = (Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - cpu);
        var deliveries = (_published - before) * _clients.Count;
        return (deliveries / took.TotalSeconds, deliveries / used.TotalSeconds);
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _actors.Terminate();
        foreach (var delivered in _delivered)
        {
            delivered.Dispose();
        }
    }

    private async Task JoinAsync()
    {
        if (!_hub.TryReserve())
        {
            throw new InvalidOperationException("The node takes no more clients.");
        }

        var client = new Client(Buffer) { Delivered = _delivered[_clients.Count % Groups] };
        var connection = _hub.Connect(client, PlainDialect.Instance);
        _clients.Add(client);
        await connection.PostSubscribe(Room, JoinAt.Now);
        for (var isLive = false; !isLive;)
        {
            await connection.PostAction(c => isLive = c.Subscriptions is [{ State: SubscriptionState.Live }]);
        }
    }

    private void Publish(int count)
    {
        using (WakeHold.Begin())
        {
            for (var i = 0; i < count; i++)
            {
                var publishing = _hub.PublishAsync(Room, new Publication(new byte[Payload], ContentKind.Binary));
                if (!publishing.IsCompletedSuccessfully || !publishing.Result.IsAccepted)
                {
                    throw new InvalidOperationException("A publication was refused.");
                }
            }
        }

        _published += count;
    }

    private void WaitFor(long publications)
    {
        for (var group = 0; group < Groups; group++)
        {
            var clients = (_clients.Count - group + Groups - 1) / Groups;
            _delivered[group].WaitFor(clients * publications * (PlainDialect.Header + Payload));
        }
    }
}
