using System.Diagnostics;

namespace Broadcast.Load;

/// <summary>
/// R: 10,000 rooms of one, two and three members, each a client of its own (20,000 clients), one event loop per core. One thread publishes
/// 128 bytes at a time to one room after the other, 64 of them at hand at once as in scenario A, or one by one; it is at most 512
/// ahead of the clients, so that in no room anything coalesces. Before measuring, it fills windows and histories up to the node's bounds.
/// The CPU time is the whole process's: publisher, loops, timers and collector.
/// </summary>
internal sealed class ManyRooms : IAsyncDisposable
{
    private const int Rooms = 10_000;
    private const int Payload = 128;
    private const int Batch = 256;

    /// <summary>What a publisher has at hand.</summary>
    public const int AtOnce = 64;


    private readonly Node _node = new();
    private readonly Target[] _rooms = new Target[Rooms];
    private long[] _expected = [];
    private int _next;

    public static async Task<ManyRooms> StartAsync()
    {
        var rooms = new ManyRooms();
        rooms._expected = new long[rooms._node.Hub.Loops.Count];
        for (var room = 0; room < Rooms; room++)
        {
            var (name, deliveries) = ($"room:{room}", new int[rooms._expected.Length]);
            foreach (var loop in await Task.WhenAll(Enumerable.Range(0, 1 + (room % 3)).Select(_ => rooms._node.ConnectAsync(1 << 10, name))))
            {
                deliveries[loop]++;
            }

            rooms._rooms[room] = new Target(name, deliveries);
        }

        new Random(1).Shuffle(rooms._rooms);
        return rooms;
    }

    /// <summary>Publishes until histories and windows are full.</summary>
    public void WarmUp()
    {
        while (!_node.IsFull)
        {
            Run(TimeSpan.FromSeconds(1), AtOnce);
        }
    }

    /// <param name="atOnce">Publications for which each loop is woken once.</param>
    /// <returns>Publications per second of CPU time.</returns>
    public double Run(TimeSpan time, int atOnce)
    {
        var (start, cpu, publications) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, 0L);
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            var beforeThese = _expected.ToArray();
            for (var left = Batch; left > 0; left -= atOnce)
            {
                using var hold = WakeHold.Begin();
                for (var i = 0; i < atOnce; i++)
                {
                    PublishNext();
                }
            }

            publications += Batch;
            WaitFor(beforeThese);
        }

        WaitFor(_expected);
        var used = Environment.CpuUsage.TotalTime - cpu;
        if (_node.Delivered.Sum(d => d.Bytes) != _expected.Sum())
        {
            throw new InvalidOperationException("Less or more was delivered than was published.");
        }

        return publications / used.TotalSeconds;
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private void PublishNext()
    {
        ref readonly var room = ref _rooms[_next];
        _next = (_next + 1) % Rooms;
        _node.Publish(room.Name, Payload);
        for (var loop = 0; loop < _expected.Length; loop++)
        {
            _expected[loop] += room.MembersOn[loop] * (PlainDialect.Header + Payload);
        }
    }

    private void WaitFor(long[] bytes)
    {
        for (var loop = 0; loop < bytes.Length; loop++)
        {
            _node.Delivered[loop].WaitFor(bytes[loop]);
        }
    }

    /// <param name="MembersOn">By loop.</param>
    private readonly record struct Target(string Name, int[] MembersOn);
}
