using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// The sources that are attached to rooms of this node. Any thread may call it. A source is known by its room and its name. Dispose it
/// before the hub: it stops all sources and waits for them.
/// </summary>
public sealed class Feeds : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Room, string Name), IFeed> _feeds = [];
    private readonly Hub _hub;
    private readonly SourceOptions _options;
    private readonly ILogger _logger;
    private readonly IFeedEngine? _engine;
    private bool _disposed;

    /// <param name="engine">What runs them. Null: a task for each.</param>
    /// <exception cref="ValidationException">An option is not good; the message says which and why.</exception>
    internal Feeds(Hub hub, SourceOptions options, ILogger<Feeds> logger, IFeedEngine? engine = null)
    {
        ArgumentNullException.ThrowIfNull(hub);
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        (_hub, _options, _logger, _engine) = (hub, options, logger, engine);
    }

    /// <summary>
    /// Begins to read a source into a room, with or without members. A name whose source has ended or failed, or is being detached, may
    /// be given to a new one.
    /// </summary>
    /// <param name="name">Shown to operators, and to members when the source stops. Null: the source's own name.</param>
    /// <exception cref="ArgumentException">The room's name is not good, or the source has none.</exception>
    public AttachResult Attach(string room, ISource source, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        name ??= source.Name;
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (RoomName.Refusal(room) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(room));
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var before = _feeds.GetValueOrDefault((room, name));
            if (before is { IsReplaceable: false })
            {
                return AttachResult.NameInUse;
            }

            if (before is null && _feeds.Count >= _options.MaxSources)
            {
                return AttachResult.TooMany;
            }

            var attachment = new Attachment(_hub, room, name, source, _options, _logger);
            _feeds[(room, name)] = _engine?.Begin(attachment, before) ?? new Feed(attachment, before);
        }

        SourceLog.Attached(_logger, name, room);
        return AttachResult.Attached;
    }

    /// <summary>Attaches a source that is only a function; it is called anew for each restart.</summary>
    /// <inheritdoc cref="Attach(string, ISource, string?)"/>
    public AttachResult Attach(string room, string name, Func<CancellationToken, IAsyncEnumerable<Publication>> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        return Attach(room, new FunctionSource(name, read));
    }

    /// <summary>Stops a source and forgets it. What was accepted of it stays; the room is told nothing.</summary>
    /// <returns>False if the room has no such source. Ends when it has stopped, or after <see cref="SourceOptions.StopTimeout"/>.</returns>
    public async Task<bool> DetachAsync(string room, string name)
    {
        if (Find(room, name) is not { } feed)
        {
            return false;
        }

        await feed.StopAsync();
        lock (_gate)
        {
            // Another may have taken its name meanwhile.
            if (_feeds.GetValueOrDefault((room, name)) == feed)
            {
                _feeds.Remove((room, name));
            }
        }

        SourceLog.Detached(_logger, name, room);
        return true;
    }

    /// <summary>From now on nothing is read from the source; an item on its way to the room still gets there.</summary>
    /// <returns>False if the room has no such source.</returns>
    public bool Pause(string room, string name)
    {
        var feed = Find(room, name);
        feed?.Pause();
        return feed is not null;
    }

    /// <summary>Goes on where <see cref="Pause"/> stopped.</summary>
    /// <returns>False if the room has no such source.</returns>
    public bool Resume(string room, string name)
    {
        var feed = Find(room, name);
        feed?.Resume();
        return feed is not null;
    }

    /// <summary>All sources by room and name; those that ended or failed too, until they are detached or replaced.</summary>
    public IReadOnlyList<SourceStatus> List()
    {
        IFeed[] feeds;
        lock (_gate)
        {
            feeds = [.. _feeds.Values];
        }

        return [.. feeds.Where(f => !f.IsStopping).Select(f => f.Status)
            .OrderBy(s => s.Room, StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        IFeed[] feeds;
        lock (_gate)
        {
            _disposed = true;
            feeds = [.. _feeds.Values];
            _feeds.Clear();
        }

        await Task.WhenAll(feeds.Select(f => f.StopAsync()));
    }

    private IFeed? Find(string room, string name)
    {
        lock (_gate)
        {
            return _feeds.GetValueOrDefault((room, name)) is { IsStopping: false } feed ? feed : null;
        }
    }
}
