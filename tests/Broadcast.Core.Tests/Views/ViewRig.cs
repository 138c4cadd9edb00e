using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Broadcast.Core.Tests.Views;

/// <summary>
/// A node whose rooms look different to each client by its attribute <c>view</c>, <c>guest</c> without one. What runs off the loops is a step of the test. Unless
/// a test says otherwise a view shows <c>text/view</c>.
/// </summary>
internal sealed class ViewRig : TestNode
{
    private readonly ConcurrentQueue<Action> _work = new();
    private readonly List<Waiting> _waiting = [];
    private readonly Dictionary<string, long> _counts = [];
    private readonly MeterListener _listener = new();

    public ViewRig(RoomRule? rule = null, HubOptions? options = null)
        : base(rule, options: options)
    {
        Hub.OffLoops = _work.Enqueue;
        Hub.Views.Map("r*", room => room.StartsWith('r'), session => KeyOf(session), ProjectAsync);
        _listener.SetMeasurementEventCallback<long>((counter, count, tags, _) =>
        {
            foreach (var (_, value) in tags)
            {
                _counts[$"{counter.Name}:{value}"] = CountOf($"{counter.Name}:{value}") + count;
            }
        });
        _listener.EnableMeasurementEvents(Hub.Metrics.Projections);
        _listener.EnableMeasurementEvents(Hub.Metrics.UnknownViews);
        _listener.Start();
    }

    public Func<Session, string> KeyOf { get; set; } = session => session.Attributes["view"]?.Text ?? "guest";

    /// <summary>What a view shows of a text; null for nothing.</summary>
    public Func<string, string, string?> Shows { get; set; } = (text, view) => $"{text}/{view}";

    /// <summary>Views whose projections do not answer until the test does.</summary>
    public HashSet<string> Held { get; } = [];

    /// <summary>Each call of the projection, as <c>text/view</c>.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Whether the projections that wait were cancelled, oldest first.</summary>
    public IEnumerable<bool> Cancelled => _waiting.Select(w => w.Cancellation.IsCancellationRequested);

    public long CountOf(string what) => _counts.GetValueOrDefault(what);

    public TestClient JoinAs(string view, string room = "r", JoinAt at = default, TestDialect? dialect = null, FakeTransport? transport = null)
    {
        var client = Connect(dialect, transport);
        Become(client, view);
        client.Join(room, at);
        Settle();
        return client;
    }

    public static void Become(TestClient client, string view) => Assert.Null(client.Connection.UpdateSession(s => s.With("view", view)));

    /// <summary>Who reads a history, and has that attribute or none.</summary>
    public Session ReaderOf(string? view) => Hub.Connections.Completed(view is null ? Session.Empty : Session.Empty.With("view", view));

    /// <summary>Lets the projections that wait answer, and those of that view no longer wait.</summary>
    public void Release(string view)
    {
        Held.Remove(view);
        foreach (var waiting in _waiting.Where(w => w.View == view).ToArray())
        {
            _waiting.Remove(waiting);
            waiting.Answer.SetResult(Shown(waiting.Publication, view));
        }
    }

    /// <summary>Lets the oldest that waits answer; the view stays held.</summary>
    public void ReleaseOne()
    {
        var waiting = _waiting[0];
        _waiting.RemoveAt(0);
        waiting.Answer.SetResult(Shown(waiting.Publication, waiting.View));
    }

    /// <summary>One piece of what runs off the loops.</summary>
    /// <returns>False if there was none.</returns>
    public bool Work()
    {
        var hasWork = _work.TryDequeue(out var work);
        work?.Invoke();
        return hasWork;
    }

    public bool TurnLoops() => base.Turn();

    public override bool Turn() => Work() | TurnLoops() | !_work.IsEmpty;

    /// <summary>Does what there is to do until a task has ended, of which a part runs elsewhere.</summary>
    public async Task<T> UntilAsync<T>(Task<T> task)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(30); !task.IsCompleted && DateTime.UtcNow < deadline;)
        {
            Settle();
            Thread.Yield();
        }

        Assert.True(task.IsCompleted, "Waited in vain for what runs elsewhere.");
        return await task;
    }

    protected override void Dispose(bool disposing)
    {
        _listener.Dispose();
        base.Dispose(disposing);
    }

    private ValueTask<Publication?> ProjectAsync(Publication publication, string view, CancellationToken cancellation)
    {
        Asked.Add($"{TextOf(publication)}/{view}");
        if (!Held.Contains(view))
        {
            return ValueTask.FromResult(Shown(publication, view));
        }

        var waiting = new Waiting(publication, view, new TaskCompletionSource<Publication?>(), cancellation);
        _waiting.Add(waiting);
        return new ValueTask<Publication?>(waiting.Answer.Task);
    }

    private Publication? Shown(Publication publication, string view) =>
        Shows(TextOf(publication), view) is { } text ? publication.With(System.Text.Encoding.UTF8.GetBytes(text), ContentKind.Text) : null;

    private static string TextOf(Publication publication) => System.Text.Encoding.UTF8.GetString(publication.Data.Span);

    private sealed record Waiting(Publication Publication, string View, TaskCompletionSource<Publication?> Answer, CancellationToken Cancellation);
}
