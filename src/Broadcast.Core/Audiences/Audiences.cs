using System.Collections.Frozen;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// Says whom of a node's clients an audience means, and knows the predicates that the application has named. They are asked when a session is made or replaced,
/// on the thread that does, never on an event loop; loops compare the tags that come of it. Any thread may call it.
/// </summary>
internal sealed class Audiences
{
    /// <summary>Predicates of one node: each is a bit of a session.</summary>
    public const int MaxPredicates = 64;

    private readonly Lock _gate = new();
    private readonly Metrics _metrics;
    private readonly ILogger _logger;
    private (string Name, Func<Session, bool> Holds)[] _predicates = [];
    private FrozenDictionary<string, int> _tags = FrozenDictionary<string, int>.Empty;
    private bool _isStarted;

    internal Audiences(Metrics metrics, ILogger logger) => (_metrics, _logger) = (metrics, logger);

    /// <summary>Names a predicate, before the first client comes; the same on all nodes.</summary>
    /// <param name="name">1 to 128 bytes.</param>
    /// <param name="predicate">
    /// Looks at the session and at nothing else, since it is asked only when that changes; fast, since whoever changes it waits. If it throws, it does not hold.
    /// </param>
    /// <exception cref="ArgumentException">The name is not good or taken, or there are too many; the message is one sentence.</exception>
    /// <exception cref="InvalidOperationException">It comes too late.</exception>
    public void Add(string name, Func<Session, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        lock (_gate)
        {
            var refusal = Audience.PredicateRefusal(name)
                ?? (_tags.ContainsKey(name) ? $"There is an audience '{name}' already." : null)
                ?? (_predicates.Length == MaxPredicates ? $"There are {MaxPredicates} audiences already, and can be no more." : null);
            if (refusal is not null)
            {
                throw new ArgumentException(refusal);
            }

            if (_isStarted)
            {
                throw new InvalidOperationException($"The audience '{name}' comes too late: audiences are added before the application starts.");
            }

            (string Name, Func<Session, bool> Holds)[] all = [.. _predicates, (name, predicate)];
            Volatile.Write(ref _tags, all.Select((p, i) => (p.Name, i)).ToFrozenDictionary(p => p.Name, p => p.i, StringComparer.Ordinal));
            Volatile.Write(ref _predicates, all);
        }
    }

    /// <summary>No more are added: sessions that there are would not be asked.</summary>
    public void Started()
    {
        lock (_gate)
        {
            _isStarted = true;
        }
    }

    /// <returns>Null, or why nothing can be meant for this audience, in one sentence.</returns>
    public string? Refusal(Audience audience)
    {
        ArgumentNullException.ThrowIfNull(audience);
        return Knows(audience) ? null : $"There is no audience '{audience.Name}'; the application names it with MapAudience before it starts.";
    }

    /// <summary>Whether a caller without a connection is meant: by user and predicates only, of what was proved.</summary>
    public bool Includes(Audience audience, Session session) => Includes(audience, session, connection: null);

    /// <summary>Whether a connection is meant, as its session is now.</summary>
    public bool Includes(Audience audience, Connection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return Includes(audience, connection.Session, connection.Id);
    }

    /// <summary>False only for a predicate that this node does not know; nobody here is meant then.</summary>
    internal bool Knows(Audience audience) => audience.Kind != AudienceKind.Named || TagOf(audience) >= 0;

    /// <returns>Which predicate it names; −1 for one that there is not.</returns>
    internal int TagOf(Audience audience) => Volatile.Read(ref _tags).TryGetValue(audience.Name, out var tag) ? tag : -1;

    /// <summary>Adds to a session which predicates hold for it, and its place. It asks the application: not on an event loop.</summary>
    /// <param name="was">What it replaces, of the same connection.</param>
    internal Session Completed(Session now, Session? was = null)
    {
        var tags = TagsOf(now);
        var place = now.Location is not { } here ? null
            : was?.Place is { } same && was.Location == here ? same
            : new Place(here);
        return tags == now.Tags && ReferenceEquals(place, now.Place) ? now : now with { Tags = tags, Place = place };
    }

    private bool Includes(Audience audience, Session session, string? connection)
    {
        if (audience.Excluded is { } excluded && excluded == connection)
        {
            return false;
        }

        return audience.Kind switch
        {
            AudienceKind.Everybody => true,
            AudienceKind.SignedIn => session.User is not null,
            AudienceKind.Connection => connection == audience.Name,
            AudienceKind.User => session.User == audience.Name,
            AudienceKind.Users => session.User is { } user && audience.Names.Contains(user),
            AudienceKind.Role => session.User is not null && session.Attributes.Has(audience.Name, audience.Value!),
            AudienceKind.Attribute => session.Attributes.Has(audience.Name, audience.Value!),
            AudienceKind.Named => TagOf(audience) is >= 0 and var tag && ((session.Tags >> tag) & 1) != 0,
            AudienceKind.Within => session.Place is { } place && audience.Circle!.Contains(place.Vector),
            _ => false,
        };
    }

    private ulong TagsOf(Session session)
    {
        var (predicates, tags) = (Volatile.Read(ref _predicates), 0UL);
        for (var tag = 0; tag < predicates.Length; tag++)
        {
            tags |= Holds(predicates[tag], session) ? 1UL << tag : 0;
        }

        return tags;
    }

    private bool Holds((string Name, Func<Session, bool> Holds) predicate, Session session)
    {
        try
        {
            return predicate.Holds(session);
        }
        catch (Exception e)
        {
            _metrics.PredicateFailures.Add(1);
            Log.PredicateFailed(_logger, predicate.Name, e);
            return false;
        }
    }
}
