using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Testing;

/// <summary>A node with feeds over a backplane that can be broken.</summary>
internal sealed class FeedsRig : IAsyncDisposable, ILogger<Feeds>
{
    /// <summary>The hub's housekeeping and the backplane's.</summary>
    private readonly int _timersOfNode;

    /// <param name="engine">What runs the feeds; null: the core's own tasks.</param>
    public FeedsRig(SourceOptions? options = null, IFeedEngine? engine = null)
    {
        OnLogged = (level, text) => Logged.Enqueue((level, text));
        Backplane = new FaultyBackplane(new LocalBackplane(new LocalBackplaneOptions(), _ => new RoomRule(), Time))
        {
            OnNotified = (room, notice) =>
            {
                Notices.Enqueue($"{room}: {notice}");
                Noticed.Add();
            },
        };
        Hub = new Hub(new HubOptions { EventLoops = 1 }, Backplane, _ => new RoomRule(), Time, NullLogger.Instance, threads: false);
        Feeds = new Feeds(Hub, options ?? new SourceOptions(), this, engine);
        _timersOfNode = Time.ArmedTimers;
    }

    public ManualTime Time { get; } = new();

    public FaultyBackplane Backplane { get; }

    public Hub Hub { get; }

    public Feeds Feeds { get; }

    public ConcurrentQueue<string> Notices { get; } = new();

    public Tally Noticed { get; } = new();

    public ConcurrentQueue<(LogLevel Level, string Text)> Logged { get; } = new();

    /// <summary>Called for each line that is logged; writes it down.</summary>
    public Action<LogLevel, string> OnLogged { get; set; }

    /// <summary>All of the only source, or of the one of that name.</summary>
    public SourceStatus Status(string? name = null) => Assert.Single(Feeds.List(), s => name is null || s.Name == name);

    /// <summary>Returns when a source waits for the clock.</summary>
    public Task UntilWaitingAsync(int sources = 1) => Time.UntilArmedAsync(_timersOfNode + sources).WaitAsync(TimeSpan.FromMinutes(2));

    /// <summary>Lets a source that waits for the clock come to the end of its wait.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        await UntilWaitingAsync();
        Time.Advance(time);
    }

    public async Task<string[]> HistoryAsync(string room = "room")
    {
        var page = await Hub.ReadAsync(room, new HistoryQuery(null, HistoryQuery.MaxLimit));
        return [.. page.Publications.Select(p => Encoding.UTF8.GetString(p.Publication.Data.Span))];
    }

    public async ValueTask DisposeAsync()
    {
        Backplane.Release();
        await Feeds.DisposeAsync();
        await Hub.DisposeAsync();
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        OnLogged(logLevel, formatter(state, exception));
}
