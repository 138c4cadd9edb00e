using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Broadcast.Testing;

/// <summary>
/// A node without threads over a backplane that can be broken. It remembers what was accepted, and checks what its clients were told. One
/// caller at a time.
/// </summary>
internal sealed class FaultyNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Dictionary<StreamPosition, string> _accepted = [];
    private readonly List<TestClient> _clients = [];
    private int _published;

    public FaultyNode(IBackplane backplane, RoomRule rule)
    {
        Backplane = new FaultyBackplane(backplane);
        Hub = new Hub(new HubOptions { EventLoops = 2 }, Backplane, _ => rule, Time, Logger, threads: false);
    }

    /// <summary>The node's own clock: moving it does not age what the backplane keeps.</summary>
    public ManualTime Time { get; } = new();

    public RecordingLogger Logger { get; } = new();

    public FaultyBackplane Backplane { get; }

    public Hub Hub { get; }

    public IReadOnlyList<TestClient> Clients => _clients;

    /// <param name="capacity">How many bytes the client takes before it blocks.</param>
    public TestClient Join(string room, JoinAt at = default, int capacity = int.MaxValue)
    {
        var transport = new FakeTransport { Capacity = capacity };
        var client = new TestClient(Hub.Connect(transport, TestDialect.Full)!, transport);
        _clients.Add(client);
        client.Join(room, at);
        Turn();
        return client;
    }

    /// <summary>Returns when the client is in the room.</summary>
    public async Task<TestClient> JoinedAsync(string room, JoinAt at = default)
    {
        var client = Join(room, at);
        await PumpUntilAsync(() => client.Frames.Exists(f => f.Kind == "open"));
        return client;
    }

    /// <summary>Publishes numbers, each again and again with its key until it is accepted.</summary>
    public async Task PublishAsync(string room, int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            var text = (_published++).ToString(CultureInfo.InvariantCulture);
            PublishResult result;
            do
            {
                result = await TryPublishAsync(room, text);
            }
            while (!result.IsAccepted);
        }
    }

    /// <summary>Publishes once; whatever the answer.</summary>
    public async Task<PublishResult> TryPublishAsync(string room, string text)
    {
        var publishing = Hub.PublishAsync(room, Publication.Text(text), $"key-{text}").AsTask();
        await PumpUntilAsync(() => publishing.IsCompleted);
        var result = await publishing;
        if (result.IsAccepted)
        {
            _accepted[result.Position] = text;
        }

        return result;
    }

    /// <summary>Turns all loops until none has anything to do.</summary>
    public void Turn()
    {
        while (Hub.Loops.Any(l => l.HasWork))
        {
            foreach (var loop in Hub.Loops)
            {
                while (loop.Turn())
                {
                }
            }
        }
    }

    public void Pass(TimeSpan time)
    {
        Time.Advance(time);
        Turn();
    }

    /// <summary>
    /// Turns the loops, and moves the clock a little whenever they rest. How far it moves says nothing: a thread that waits for a processor rests, too.
    /// </summary>
    public Task PumpUntilAsync(Func<bool> done) => PumpUntilAsync(done, clockMoves: true);

    /// <summary>Turns the loops; the clock stands still.</summary>
    public Task UntilAsync(Func<bool> done) => PumpUntilAsync(done, clockMoves: false);

    /// <summary>
    /// Returns when every client has all that the room has. Then each was told every publication exactly once and in order, or of the gap.
    /// </summary>
    /// <returns>The gaps told, as text.</returns>
    public async Task<IReadOnlyList<string>> SettledAsync(string room)
    {
        var page = await Backplane.Inner.ReadAsync(room, new HistoryQuery(null, HistoryQuery.MaxLimit), CancellationToken.None);
        var top = page.Top;
        await PumpUntilAsync(() => _clients.All(c => c.Ended is not null || c.In(room) is not { } s || (s.Position == top && IsLive(s))));

        var stored = page.Publications.ToDictionary(p => page.Top with { Offset = p.Offset }, p => Encoding.UTF8.GetString(p.Publication.Data.Span));
        foreach (var (position, text) in stored)
        {
            Assert.True(_accepted.TryAdd(position, text) || _accepted[position] == text, $"The history has changed at {position}.");
        }

        var gaps = new List<string>();
        foreach (var client in _clients)
        {
            Assert.Empty(client.Transport.Breaches);
            var end = Check(client, room, gaps);
            Assert.True(
                client.Ended is not null || client.In(room) is null || end == top,
                $"A client is at {end} and not at {top}.");
        }

        Assert.DoesNotContain(Logger.Lines, l => l.Text.Contains("unexpected fault", StringComparison.Ordinal));
        return gaps;
    }

    public async ValueTask DisposeAsync()
    {
        Backplane.Release();
        await Hub.DisposeAsync();
    }

    private async Task PumpUntilAsync(Func<bool> done, bool clockMoves)
    {
        var began = Stopwatch.GetTimestamp();
        for (Turn(); !done(); Turn())
        {
            // Others get the time to answer, else an hour has passed for the node while the backplane takes a breath, or reads its disk.
            for (var i = 0; i < 20 && !done(); i++)
            {
                await Task.Yield();
                Turn();
            }

            // A thread that has an answer and lost the processor is not seen from here.
            await Task.Delay(1);
            Turn();
            if (clockMoves && !Backplane.IsAnswering && !done())
            {
                Time.Advance(TimeSpan.FromMilliseconds(100));
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"It did not come to rest. {string.Join(" | ", Logger.Lines)}");
        }
    }

    private static bool IsLive(Subscription subscription) => subscription.State == SubscriptionState.Live;

    /// <returns>Up to where the client was told everything.</returns>
    private StreamPosition Check(TestClient client, string room, List<string> gaps)
    {
        var told = string.Join(", ", client.Heard(room));
        var at = default(StreamPosition);
        foreach (var frame in client.Frames.Where(f => f.Room == room))
        {
            switch (frame.Kind)
            {
                case "open":
                    at = frame.Position;
                    break;
                case "pub":
                    Assert.True(frame.Position == at with { Offset = at.Offset + 1 }, $"{frame.Position} came after {at}: {told}");
                    Assert.True(_accepted.TryGetValue(frame.Position, out var text), $"{frame.Position} was never accepted: {told}");
                    Assert.True(frame.Text == text, $"{frame.Position} is {text}, but {frame.Text} was told: {told}");
                    at = frame.Position;
                    break;
                case "gap":
                    Assert.True(frame.Position == at with { Offset = at.Offset + 1 }, $"A gap from {frame.Position} came after {at}: {told}");
                    Assert.True(
                        frame.To.Epoch != at.Epoch || frame.To.Offset > at.Offset, $"A gap to {frame.To} came after {at}: {told}");
                    gaps.Add($"{frame.Position.Offset} to {frame.To.Offset}: {frame.Text}");
                    at = frame.To;
                    break;
            }
        }

        return at;
    }
}
