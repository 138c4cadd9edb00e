using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Load;

/// <summary>
/// M: one room of 10,000, publications for one percent of it against publications for all. Clients have sockets of TCP, since most of what a delivery costs is the
/// kernel's; over loopback its receiving side is part of the send. Each is connected to itself, so that a process that may have 12,000 files open holds both ends of all of them. One thread publishes, turns the loop until all is sent, and is timed; then, untimed, it
/// empties the sockets. Both are measured in turn, one publication at a time, and 64 at once.
/// </summary>
internal sealed class ForSome : IAsyncDisposable
{
    private const string Room = "room";
    private const int Payload = 128;
    private const string OnePercent = "one-percent";

    private readonly List<Socket> _sockets = [];
    private readonly List<Connection> _connections = [];
    private readonly byte[] _buffer = new byte[64 << 10];
    private readonly Hub _hub;

    private ForSome()
    {
        var rule = new RoomRule();
        var backplane = new LocalBackplane(new LocalBackplaneOptions(), _ => rule, TimeProvider.System);
        _hub = new Hub(new HubOptions { EventLoops = 1 }, backplane, _ => rule, TimeProvider.System, NullLogger.Instance, threads: false);
        _hub.Audiences.Add(OnePercent, s => s.Attributes.Has("chosen", true));
    }

    /// <param name="clients">Each takes a file of the process.</param>
    public static async Task<ForSome> StartAsync(int clients)
    {
        var some = new ForSome();
        for (var i = 0; i < clients; i++)
        {
            // Both ends at once (RFC 9293, 3.5, simultaneous open): what is sent on it is what it receives.
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            await socket.ConnectAsync(socket.LocalEndPoint!);
            socket.Blocking = false;
            some._sockets.Add(socket);
            some.Connect(socket, isChosen: i % 100 == 0);
        }

        some.Turn();
        return some;
    }

    /// <returns>Seconds for one publication to everybody, and for one to one percent.</returns>
    public (double All, double Some) Run(TimeSpan time, int atOnce)
    {
        var (all, some, start) = (new List<double>(), new List<double>(), Stopwatch.GetTimestamp());
        while (all.Count < 5 || Stopwatch.GetElapsedTime(start) < time)
        {
            all.Add(Publish(null, atOnce, _sockets.Count));
            some.Add(Publish(Audience.Named(OnePercent), atOnce, (_sockets.Count + 99) / 100));
        }

        return (Median(all), Median(some));
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private void Connect(Socket socket, bool isChosen)
    {
        if (!_hub.TryReserve())
        {
            throw new InvalidOperationException("The node takes no more clients.");
        }

        var connection = _hub.Connect(new SocketClient(socket), PlainDialect.Instance);
        _ = connection.PostSubscribe(Room, JoinAt.Now);
        if (isChosen && connection.UpdateSession(s => s.With("chosen", true)) is { } refusal)
        {
            throw new InvalidOperationException(refusal);
        }

        _connections.Add(connection);
    }

    private double Publish(Audience? audience, int atOnce, int receivers)
    {
        var before = Stopwatch.GetTimestamp();
        for (var i = 0; i < atOnce; i++)
        {
            var publishing = _hub.PublishAsync(Room, new Publication(new byte[Payload], ContentKind.Binary) { Audience = audience });
            if (!publishing.IsCompletedSuccessfully || !publishing.Result.IsAccepted)
            {
                throw new InvalidOperationException("A publication was refused.");
            }
        }

        Turn();
        var took = Stopwatch.GetElapsedTime(before).TotalSeconds / atOnce;
        var got = _sockets.Sum(s => (long)Receive(s));
        var expected = (long)receivers * atOnce * (PlainDialect.Header + Payload);
        return got == expected ? took : throw new InvalidOperationException($"Clients got {got} bytes instead of {expected}.");
    }

    private void Turn()
    {
        while (_hub.Loops[0].Turn() || _hub.Loops[0].HasWork)
        {
        }
    }

    private int Receive(Socket socket)
    {
        var got = 0;
        while (socket.Available > 0)
        {
            got += socket.Receive(_buffer);
        }

        return got;
    }

    /// <summary>A client's end on a socket that never is full, since it is emptied after each send.</summary>
    private sealed class SocketClient(Socket socket) : ITransport
    {
        public int TrySend(ReadOnlySpan<byte> bytes)
        {
            var sent = socket.Send(bytes, SocketFlags.None, out var error);
            return error == SocketError.Success ? sent : throw new SocketException((int)error);
        }

        public void SendRest(ReadOnlyMemory<byte> rest, IRestSent sent) => throw new NotSupportedException("It takes everything at once.");

        public void Complete()
        {
        }

        public void Abort()
        {
        }
    }
}
