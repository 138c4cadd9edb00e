using System.Collections.Concurrent;

namespace Broadcast.Core.Tests.Pace;

/// <summary>A node with one paced broadcaster, and a clock that a test moves.</summary>
internal sealed class PaceRig : IAsyncDisposable
{
    /// <summary>The hub's housekeeping and the backplane's.</summary>
    private readonly int _timersOfNode;
    private readonly DateTimeOffset _began;

    public PaceRig(PaceOptions? options = null)
    {
        Backplane = new FaultyBackplane(new LocalBackplane(new LocalBackplaneOptions(), _ => new RoomRule(), Time));
        Hub = new Hub(new HubOptions { EventLoops = 1 }, Backplane, _ => new RoomRule(), Time, Log, threads: false);
        Broadcaster = new PacedBroadcaster("test", Hub, options ?? new PaceOptions(), new LoggerOf<PacedBroadcaster>(Log));
        Outcomes = new Outcomes(Hub.Metrics.PacedItems);
        _timersOfNode = Time.ArmedTimers;
        _began = Time.GetUtcNow();
    }

    public ManualTime Time { get; } = new();

    public FaultyBackplane Backplane { get; }

    public Hub Hub { get; }

    public RecordingLogger Log { get; } = new();

    public PacedBroadcaster Broadcaster { get; }

    public Outcomes Outcomes { get; }

    /// <summary>What was sent, and how many milliseconds after the test began.</summary>
    public ConcurrentQueue<(string Name, double At)> Sent { get; } = new();

    public IEnumerable<string> SentNames => Sent.Select(s => s.Name);

    public double Now => (Time.GetUtcNow() - _began).TotalMilliseconds;

    public void AssertSent(params (string Name, double At)[] expected) => Assert.Equal(expected, Sent.ToArray());

    public EnqueueResult Enqueue(string name, string? key = null, Func<PacedItem, bool>? filter = null) => Broadcaster.Enqueue(
        (_, _) =>
        {
            Note(name);
            return Task.CompletedTask;
        },
        key,
        filter);

    /// <summary>Enqueues something that is being sent until the test lets it go, and returns when it is.</summary>
    public async Task<TaskCompletionSource> HoldAsync(string name)
    {
        var (begun, held) = (NewSource(), NewSource());
        Assert.Equal(EnqueueResult.Queued, Broadcaster.Enqueue((_, cancellation) =>
        {
            Note(name);
            begun.SetResult();
            return held.Task.WaitAsync(cancellation);
        }));
        await begun.Task.WaitAsync(TimeSpan.FromMinutes(2));
        return held;
    }

    /// <summary>
    /// Moves the clock once that many timers of the broadcaster wait for it, and returns when so many items have been counted in all. What waits
    /// goes on while the clock moves or after it has, on any thread: where it matters when it does, the clock is moved to just that time.
    /// </summary>
    public async Task PassAsync(double milliseconds, int counted, int timers = 1)
    {
        await UntilArmedAsync(timers);
        Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        await Outcomes.UntilAsync(counted);
    }

    /// <summary>Returns when that many timers of the broadcaster wait for the clock.</summary>
    public Task UntilArmedAsync(int timers) => Time.UntilArmedAsync(_timersOfNode + timers).WaitAsync(TimeSpan.FromMinutes(2));

    public async ValueTask DisposeAsync()
    {
        Outcomes.Dispose();
        await Broadcaster.DisposeAsync();
        await Hub.DisposeAsync();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Note(string name) => Sent.Enqueue((name, Now));
}
