using System.Threading.Channels;

namespace Broadcast.Core;

/// <summary>
/// What rooms show to classes of clients. A room of which nothing is said here looks alike to all. Filled before there are clients; then any thread may call it.
/// </summary>
internal sealed class Views
{
    /// <summary>Places of those who read histories: written by who takes one, read by who gives it back.</summary>
    private readonly Channel<bool> _reading;
    private ViewRule[] _rules = [];
    private bool _isStarted;

    internal Views(Hub hub, ViewOptions options, CancellationToken stopping)
    {
        (Hub, Options, Stopping) = (hub, options, stopping);
        _reading = Channel.CreateBounded<bool>(options.MaxReading);
    }

    internal Hub Hub { get; }

    internal ViewOptions Options { get; }

    internal CancellationToken Stopping { get; }

    /// <summary>Says what some rooms show to whom. Of several that match a room the first counts.</summary>
    /// <param name="rooms">How they are called where something is wrong; no other has that name.</param>
    /// <param name="matches">Which rooms; asked once for each that is opened.</param>
    /// <param name="view">
    /// Gives the key of a session's view, on the thread that makes or replaces the session: it looks at that and at nothing else, and is fast. If it throws, or
    /// gives none that is good, that session is shown nothing.
    /// </param>
    /// <param name="project">
    /// Gives what the view with a key shows of a publication: that itself, another one, or null for nothing. Not called on event loops, for one view one
    /// after the other. If it throws or takes too long, nothing is shown.
    /// </param>
    /// <exception cref="ArgumentException">There is one of that name.</exception>
    /// <exception cref="InvalidOperationException">There are, or were, clients.</exception>
    public void Map(
        string rooms, Func<string, bool> matches, Func<Session, string> view, Func<Publication, string, CancellationToken, ValueTask<Publication?>> project)
    {
        ArgumentNullException.ThrowIfNull(rooms);
        ArgumentNullException.ThrowIfNull(matches);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(project);
        if (Volatile.Read(ref _isStarted))
        {
            throw new InvalidOperationException($"The views of '{rooms}' come too late: views are mapped before the application starts.");
        }

        if (Array.Exists(_rules, r => r.Rooms == rooms))
        {
            throw new ArgumentException($"The views of '{rooms}' are mapped already.", nameof(rooms));
        }

        _rules = [.. _rules, new ViewRule(rooms, matches, view, project, Hub, Options) { Index = _rules.Length }];
    }

    /// <summary>No more are mapped.</summary>
    public void Started()
    {
        if (!_isStarted)
        {
            Volatile.Write(ref _isStarted, true);
        }
    }

    /// <summary>What of a page of history somebody is shown; what is withheld is left out.</summary>
    /// <param name="reader">Who reads it, as <see cref="ConnectionRegistry.SessionOf"/> gives it or a connection has it.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was, or the node stops.</exception>
    public async ValueTask<HistoryPage> ShowAsync(string room, HistoryPage page, Session reader, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(page);
        if (page.Publications.Count == 0 || RuleOf(room) is not { } rule)
        {
            return page;
        }

        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellation, Stopping);
        await _reading.Writer.WriteAsync(true, given.Token);
        try
        {
            var open = Hub.FindRoom(room);
            var views = open?.Views ?? new RoomViews(room, null, rule, this);
            var view = views.Enter(reader);
            try
            {
                var shown = new List<StoredPublication>(page.Publications.Count);
                foreach (var stored in page.Publications)
                {
                    var entry = open?.Log.TryFind(page.Top with { Offset = stored.Offset }) ?? LogEntry.OfHistory(page.Top.Epoch, stored);
                    if ((await view.Projector.ShowAsync(entry, given.Token)).Publication is { } publication)
                    {
                        shown.Add(stored with { Publication = publication });
                    }
                }

                return page with { Publications = shown };
            }
            finally
            {
                views.Leave(view);
            }
        }
        finally
        {
            _reading.Reader.TryRead(out _);
        }
    }

    /// <summary>Adds to a session which views it gets. It asks the application: not on an event loop.</summary>
    internal Session Completed(Session session)
    {
        var keys = _rules.Length == 0 ? [] : Array.ConvertAll(_rules, r => r.Ask(session));
        return keys.AsSpan().SequenceEqual(session.ViewKeys) ? session : session with { ViewKeys = keys };
    }

    internal RoomViews? Of(Room room) => RuleOf(room.Name) is { } rule ? new RoomViews(room.Name, room, rule, this) : null;

    internal void CountUnknown(string reason) => Hub.Metrics.UnknownViews.Add(1, new KeyValuePair<string, object?>("reason", reason));

    private ViewRule? RuleOf(string room) => _rules.Length == 0 ? null : Array.Find(_rules, r => r.Matches(room));
}
