using System.Diagnostics;

namespace Broadcast.Load;

/// <summary>
/// L: one room of 1,000, one event loop against two. Payloads of 128 bytes, 64 of them at hand at once, as in scenario A: a thread of the
/// publisher's own publishes them, wakes the loops once, and goes on when the 64 before them have reached everybody, so that no more than
/// 128 are ever under way. It waits for the slower loop; with the machine's two cores and two loops, publishing takes its time from the loops.
/// Each client copies into 16 KiB of its own, 16 MiB together, more than the inner caches hold. The two nodes stand side by side in one process and are measured
/// in turn.
/// </summary>
internal sealed class FanOut : IAsyncDisposable
{
    private const int Clients = 1_000;
    private const int Payload = 128;
    private const int AtOnce = 64;
    private const string Room = "room";

    private readonly Node _node;
    private readonly int[] _clientsOn;
    private long _published;

    private FanOut(Node node)
    {
        _node = node;
        _clientsOn = new int[node.Hub.Loops.Count];
    }

    public static async Task<FanOut> StartAsync(int loops)
    {
        var fanOut = new FanOut(new Node(loops));
        for (var i = 0; i < Clients; i++)
        {
            fanOut._clientsOn[await fanOut._node.ConnectAsync(16 << 10, Room)]++;
        }

        return fanOut;
    }

    /// <returns>Deliveries per second.</returns>
    public double Run(TimeSpan time)
    {
        var (before, start) = (_published, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            var beforeThese = _published;
            using (WakeHold.Begin())
            {
                for (var i = 0; i < AtOnce; i++)
                {
                    _node.Publish(Room, Payload);
                }
            }

            _published += AtOnce;
            WaitFor(beforeThese);
        }

        WaitFor(_published);
        var took = Stopwatch.GetElapsedTime(start);
        if (_node.Clients.Any(c => c.Client.Bytes != BytesOf(_published)))
        {
            throw new InvalidOperationException("A client got less or more than was published.");
        }

        return (_published - before) * Clients / took.TotalSeconds;
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private static long BytesOf(long publications) => publications * (PlainDialect.Header + Payload);

    private void WaitFor(long publications)
    {
        for (var loop = 0; loop < _clientsOn.Length; loop++)
        {
            _node.Delivered[loop].WaitFor(_clientsOn[loop] * BytesOf(publications));
        }
    }
}
