using System.ComponentModel.DataAnnotations;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// Functions of which something is computed and published to a room every so often, while somebody on this node is in that room. Any thread may
/// call it. A push is known by its room and its name. Dispose it before the hub: it stops all pushes and waits for them.
/// </summary>
public sealed class ScheduledPushes : IAsyncDisposable
{
    /// <summary>How often, where nothing else is said.</summary>
    internal static readonly TimeSpan DefaultEvery = TimeSpan.FromSeconds(30);

    /// <summary>The longest name, in bytes; it is part of the key that makes a tick one publication, whichever nodes compute it.</summary>
    internal const int MaxNameBytes = 128;

    private static readonly TimeSpan ShortestEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestEvery = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Room, string Name), ScheduledPush> _pushes = [];
    private readonly Hub _hub;
    private readonly ScheduledPushOptions _options;
    private readonly ILogger _logger;
    private bool _isStarted;
    private bool _disposed;

    /// <exception cref="ValidationException">An option is not good; the message says which and why.</exception>
    internal ScheduledPushes(Hub hub, ScheduledPushOptions options, ILogger<ScheduledPushes> logger)
    {
        ArgumentNullException.ThrowIfNull(hub);
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        (_hub, _options, _logger) = (hub, options, logger);
    }

    /// <summary>
    /// Computes and publishes at every multiple of an interval in UTC (at 12:00:30 and 12:01:00 for 30 s), once the node has started. A tick that
    /// comes while the one before is at work is skipped.
    /// </summary>
    /// <param name="name">Shown to operators, 1 to <see cref="MaxNameBytes"/> bytes. On several nodes, of all pushes with this room and name one publication is stored per tick.</param>
    /// <param name="every">From 100 ms to a day.</param>
    /// <param name="compute">Gives what is published, or null for nothing this time; cancelled after <see cref="ScheduledPushOptions.Timeout"/>.</param>
    /// <exception cref="ArgumentException">Room, name or interval are not good; the message is one sentence.</exception>
    public AttachResult Attach(string room, string name, TimeSpan every, Func<CancellationToken, Task<Publication?>> compute)
    {
        ArgumentNullException.ThrowIfNull(compute);
        ArgumentNullException.ThrowIfNull(name);
        if (RoomName.Refusal(room) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(room));
        }

        if (Encoding.UTF8.GetByteCount(name) is 0 or > MaxNameBytes || name.Any(char.IsControl))
        {
            throw new ArgumentException($"The name of a push has 1 to {MaxNameBytes} bytes without control characters.", nameof(name));
        }

        if (every < ShortestEvery || every > LongestEvery)
        {
            throw new ArgumentException($"Push {name} is to come every {every}; it may be {ShortestEvery} to {LongestEvery}.", nameof(every));
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_pushes.ContainsKey((room, name)))
            {
                return AttachResult.NameInUse;
            }

            if (_pushes.Count >= _options.MaxPushes)
            {
                return AttachResult.TooMany;
            }

            var push = new ScheduledPush(_hub, room, name, every, compute, _options, _logger);
            _pushes.Add((room, name), push);
            if (_isStarted)
            {
                push.Start();
            }
        }

        PaceLog.Attached(_logger, name, room, every);
        return AttachResult.Attached;
    }

    /// <summary>Stops a push and forgets it; a tick at work is cancelled.</summary>
    /// <returns>False if the room has no such push. Ends when it has stopped, or after <see cref="ScheduledPushOptions.StopTimeout"/>.</returns>
    public async Task<bool> DetachAsync(string room, string name)
    {
        ScheduledPush? push;
        lock (_gate)
        {
            push = _pushes.GetValueOrDefault((room, name));
        }

        if (push is null)
        {
            return false;
        }

        // It keeps its name until then, so that two of a name never tick at the same time.
        await push.StopAsync();
        lock (_gate)
        {
            if (_pushes.GetValueOrDefault((room, name)) == push)
            {
                _pushes.Remove((room, name));
            }
        }

        PaceLog.Detached(_logger, name, room);
        return true;
    }

    /// <summary>All by room and name.</summary>
    public IReadOnlyList<ScheduledPushStatus> List()
    {
        ScheduledPush[] pushes;
        lock (_gate)
        {
            pushes = [.. _pushes.Values];
        }

        return [.. pushes.Select(p => p.Status).OrderBy(s => s.Room, StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal)];
    }

    /// <summary>The node has started: what is attached ticks from now on, and so does what is attached later.</summary>
    internal void Start()
    {
        lock (_gate)
        {
            _isStarted = true;
            foreach (var push in _pushes.Values)
            {
                push.Start();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        ScheduledPush[] pushes;
        lock (_gate)
        {
            _disposed = true;
            pushes = [.. _pushes.Values];
            _pushes.Clear();
        }

        await Task.WhenAll(pushes.Select(p => p.StopAsync()));
    }
}
