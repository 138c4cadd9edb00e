using System.Globalization;

namespace Broadcast.Testing;

/// <summary>
/// A node without threads: a test turns its event loops, moves its clock and answers for its backplane. One thread, from beginning to end.
/// </summary>
internal class TestNode : IDisposable
{
    private readonly SynchronizationContext? _context = SynchronizationContext.Current;
    private readonly List<TestClient> _clients = [];

    public TestNode(RoomRule? rule = null, int loops = 1, HubOptions? options = null, Func<string, RoomRule>? rules = null)
        : this(rule, options, rules, o =>
        {
            o.EventLoops = loops;
            return new SharedLoops(o, threads: false);
        })
    {
    }

    /// <param name="loops">Makes what writes to its clients.</param>
    protected TestNode(RoomRule? rule, HubOptions? options, Func<string, RoomRule>? rules, Func<HubOptions, EventLoops> loops)
    {
        ArgumentNullException.ThrowIfNull(loops);

        // What awaits goes on inside the step that it waited for, not somewhere else.
        SynchronizationContext.SetSynchronizationContext(null);
        rule ??= new RoomRule();
        rules ??= _ => rule;
        options ??= new HubOptions();
        Backplane = new FakeBackplane(rules);
        Hub = new Hub(options, Backplane, rules, Time, Logger, loops(options));
    }

    public ManualTime Time { get; } = new();

    public RecordingLogger Logger { get; } = new();

    public FakeBackplane Backplane { get; }

    public Hub Hub { get; }

    public IReadOnlyList<TestClient> Clients => _clients;

    public TestClient Connect(TestDialect? dialect = null, FakeTransport? transport = null, string? user = null)
    {
        transport ??= new FakeTransport();
        Assert.True(Hub.TryReserve());
        var connection = Hub.Connect(transport, dialect ?? TestDialect.Full, user);
        Assert.NotNull(connection);
        var client = new TestClient(connection, transport);
        _clients.Add(client);
        return client;
    }

    /// <summary>A client that is in a room, and has been told so.</summary>
    public TestClient Join(string room, JoinAt at = default, TestDialect? dialect = null)
    {
        var client = Connect(dialect);
        client.Join(room, at);
        Settle();
        return client;
    }

    public PublishResult Publish(string room, string text, string? key = null)
    {
        var publishing = Hub.PublishAsync(room, new Publication(System.Text.Encoding.UTF8.GetBytes(text), ContentKind.Text) { Key = key }).AsTask();
        Assert.True(publishing.IsCompletedSuccessfully, "Publishing is held; publish through the hub.");
        return publishing.Result;
    }

    /// <summary>Publishes numbers as text.</summary>
    public void PublishNumbers(string room, int first, int last)
    {
        for (var number = first; number <= last; number++)
        {
            Publish(room, number.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Turns all loops until none has anything to do.</summary>
    public virtual void Settle()
    {
        for (var turns = 0; Turn(); turns++)
        {
            Assert.True(turns < 10_000, "The loops never come to rest: something asks for itself again and again.");
        }
    }

    /// <summary>One turn of all loops.</summary>
    /// <returns>Whether one more would find something to do.</returns>
    public virtual bool Turn()
    {
        var more = false;
        foreach (var loop in Hub.Loops)
        {
            more |= loop.Turn();
        }

        return more || Hub.Loops.Any(l => l.HasWork);
    }

    /// <summary>Moves the clock in steps of a second, and settles after each.</summary>
    public void Pass(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(1))
        {
            Time.Advance(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
            Settle();
        }
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        Hub.DisposeAsync().AsTask().GetAwaiter().GetResult();
        SynchronizationContext.SetSynchronizationContext(_context);
    }
}
