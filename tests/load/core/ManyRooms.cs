using System.Diagnostics;

namespace Broadcast.Load;

/// <summary>
/// R: 10,000 rooms of one, two and three members, each a client of its own (20,000 clients), one event loop per core. One thread publishes
/// 128 bytes at a time to one room after the other, 64 of them at hand at once as in scenario A, or one by one; it is at most 512
/// ahead of the clients, so that in no room anything coalesces. Rooms keep their last 50 publications, and are measured when they have them:
/// then a node forgets as much as it is given. With the default rule they would keep up to the node's bounds, together 768 MiB; that
/// measures what the collector does with them as well, and takes minutes to become steady. The CPU time is the whole process's: publisher, loops, timers and collector.
/// </summary>
internal sealed class ManyRooms : IAsyncDisposable
{
    private const int Rooms = 10_000;
    private const int Payload = 128;
    private const int Batch = 256;
    private const int Kept = 50;

    /// <summary>What a publisher has at hand.</summary>
    public const int AtOnce = 64;

    private readonly bool _byDefault;
    private readonly Node _node;
    private readonly Target[] _rooms = new Target[Rooms];
    private long[] _expected = [];
    private int _next;
    private long _published;

    private ManyRooms(bool byDefault)
    {
        var rule = new RoomRule();
        if (!byDefault)
        {
            (rule.Window.MaxCount, rule.History.MaxCount) = (Kept, Kept);
        }

        (_byDefault, _node) = (byDefault, new Node(rule: rule));
    }

    /// <param name="byDefault">Whether rooms keep what the default rule says, instead of 50.</param>
    public static async Task<ManyRooms> StartAsync(bool byDefault)
    {
        var rooms = new ManyRooms(byDefault);
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

    /// <summary>Publishes until rooms have what they keep, or the node has all it may.</summary>
    public void WarmUp()
    {
        while (_byDefault ? !_node.IsFull : _published < 2L * Kept * Rooms)
        {
            Run(TimeSpan.FromSeconds(1), AtOnce);
        }
    }

    /// <param name="atOnce">Publications for which each loop is woken once.</param>
    /// <returns>Publications per second of CPU time.</returns>
    public double Run(TimeSpan time, int atOnce)
    {
        var (start, cpu, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, _published);
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

            _published += Batch;
            WaitFor(beforeThese);
        }

        WaitFor(_expected);
        var used = Environment.CpuUsage.TotalTime - cpu;
        if (_node.Delivered.Sum(d => d.Bytes) != _expected.Sum())
        {
            throw new InvalidOperationException("Less or more was delivered than was published.");
        }

        return (_published - before) / used.TotalSeconds;
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
