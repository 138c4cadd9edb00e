namespace Broadcast.Core;

/// <summary>Who is in a room, asked of every node. Any thread may call it.</summary>
internal sealed class PresenceCalls
{
    private readonly Hub _hub;
    private readonly Cluster _cluster;
    private readonly NodeMethod<PresenceRequest, PresenceAnswer> _presence;

    internal PresenceCalls(Hub hub, Cluster cluster)
    {
        (_hub, _cluster) = (hub, cluster);
        cluster.Add(_presence = new("presence", NodeJson.Default.PresenceRequest, NodeJson.Default.PresenceAnswer, a => Task.FromResult(Here(a))));
    }

    /// <summary>Names the members, if they are not more than the room's <see cref="RoomRule.MaxPresence"/>.</summary>
    public Task<RoomPresence> MembersAsync(string room) => AskAsync(room, withMembers: true);

    /// <summary>Counts the members and their users.</summary>
    public Task<RoomPresence> CountAsync(string room) => AskAsync(room, withMembers: false);

    private async Task<RoomPresence> AskAsync(string room, bool withMembers)
    {
        var most = _hub.RuleOf(room).MaxPresence;
        var answers = await _cluster.CallAsync(_presence, new PresenceRequest(room, most, withMembers));
        PresenceAnswer[] parts = [.. answers.Where(a => a.IsAnswered).Select(a => a.Value!)];
        var count = parts.Sum(p => p.Count);
        var isNamed = withMembers && count <= most && parts.All(p => p.Members is not null);
        return new RoomPresence(
            count,
            UserCount(parts),
            isNamed ? [.. parts.SelectMany(p => p.Members!)] : null,
            [.. answers.Where(a => !a.IsAnswered).Select(a => new NodeFailure(a.Node, a.Failure!))]);
    }

    /// <summary>Who is connected to several nodes is one user.</summary>
    private static int UserCount(PresenceAnswer[] parts)
    {
        if (parts.Length == 1)
        {
            return parts[0].UserCount;
        }

        var users = new HashSet<string>(StringComparer.Ordinal);
        var unnamed = 0;
        foreach (var part in parts)
        {
            if ((part.Users ?? part.Members?.Select(m => m.User)) is { } named)
            {
                users.UnionWith(named);
            }
            else
            {
                unnamed += part.UserCount;
            }
        }

        return users.Count + unnamed;
    }

    private PresenceAnswer Here(PresenceRequest asked)
    {
        if (_hub.FindRoom(asked.Room)?.Presence is not { } presence)
        {
            return new PresenceAnswer(0, 0, Members: []);
        }

        var members = asked.WithMembers ? presence.Members(asked.Most) : null;
        return members is not null
            ? new PresenceAnswer(members.Count, members.DistinctBy(m => m.User, StringComparer.Ordinal).Count(), members)
            : new PresenceAnswer(presence.Count, presence.UserCount, Users: presence.Users(asked.Most));
    }
}
