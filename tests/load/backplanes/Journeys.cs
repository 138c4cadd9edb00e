using System.Diagnostics;
using Broadcast.Protocol;
using Broadcast.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Broadcast.Load;

/// <summary>
/// T: how long a publication takes from the hub of one node to a client's transport on another, both with the Redis backplane; and how long a bare
/// message takes from one connection of the same client library to another. One at a time, in turn.
/// </summary>
internal sealed class Journeys : IAsyncDisposable
{
    private const int Each = 2_000;
    private const string Room = "room";

    private readonly RedisServer _server;
    private readonly Hub _from;
    private readonly Hub _to;
    private readonly Arrivals _arrivals;
    private readonly ConnectionMultiplexer _sender;
    private readonly ConnectionMultiplexer _receiver;
    private TaskCompletionSource _heard = New();

    private Journeys(RedisServer server, Hub from, Hub to, Arrivals arrivals, ConnectionMultiplexer sender, ConnectionMultiplexer receiver) =>
        (_server, _from, _to, _arrivals, _sender, _receiver) = (server, from, to, arrivals, sender, receiver);

    public static async Task<Journeys> StartAsync()
    {
        var server = await RedisServer.StartAsync();
        var (from, to, arrivals) = (Node(server), Node(server), new Arrivals());
        to.TryReserve();
        var connection = to.Connect(arrivals, PlainDialect.Instance);
        await connection.PostSubscribe(Room, JoinAt.Now);
        for (var live = false; !live;)
        {
            await connection.PostAction(c => live = c.Find(Room)?.State == SubscriptionState.Live);
        }

        var journeys = new Journeys(
            server, from, to, arrivals, await ConnectionMultiplexer.ConnectAsync(server.Address), await ConnectionMultiplexer.ConnectAsync(server.Address));
        await journeys._receiver.GetSubscriber().SubscribeAsync("bare", (_, _) => journeys._heard.TrySetResult());
        return journeys;
    }

    /// <returns>Medians in microseconds.</returns>
    public async Task<(double Ours, double Bare)> RunAsync()
    {
        var (ours, bare) = (new double[Each], new double[Each]);
        var (publication, message) = (new Publication(new byte[128], ContentKind.Binary), new byte[128]);
        var publisher = _sender.GetSubscriber();
        for (var i = 0; i < Each; i++)
        {
            _arrivals.Next = New();
            var start = Stopwatch.GetTimestamp();
            var publishing = _from.PublishAsync(Room, publication);
            await _arrivals.Next.Task.WaitAsync(TimeSpan.FromSeconds(10));
            ours[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            await publishing;

            _heard = New();
            start = Stopwatch.GetTimestamp();
            var telling = publisher.PublishAsync("bare", message);
            await _heard.Task.WaitAsync(TimeSpan.FromSeconds(10));
            bare[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            await telling;
        }

        return (Median(ours), Median(bare));
    }

    public async ValueTask DisposeAsync()
    {
        await _from.DisposeAsync();
        await _to.DisposeAsync();
        await _sender.CloseAsync();
        await _receiver.CloseAsync();
        await _server.DisposeAsync();
    }

    private static Hub Node(RedisServer server)
    {
        var rule = new RoomRule();
        var backplane = new RedisBackplane(new RedisOptions { Servers = [server.Address] }, _ => rule, NullLogger<RedisBackplane>.Instance);
        return new Hub(new HubOptions(), backplane, _ => rule, TimeProvider.System, NullLogger<Hub>.Instance);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
