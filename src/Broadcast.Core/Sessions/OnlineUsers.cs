namespace Broadcast.Core;

/// <summary>
/// Tells when a user's first connection in the cluster has come and when the last one has gone; who comes back within the grace time was not away. One node
/// tells it: others that have the user are asked, and where several are about to say the same, the one with the lowest id does. Two nodes may both
/// tell that a user is online who comes to both at the same moment. Any thread may call it.
/// </summary>
internal sealed class OnlineUsers
{
    /// <summary>How long a node waits for another one to make up its mind.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    /// <summary>Users whom a node that stops asks the others about at the same time.</summary>
    private const int Together = 64;

    private readonly Dictionary<string, OnlineUser> _users = new(StringComparer.Ordinal);
    private readonly NodeMethod<UserRequest, UserStage> _stage;
    private readonly Cluster _cluster;
    private readonly TimeSpan _grace;
    private readonly Hub _hub;
    private readonly Lock _gate = new();
    private bool _isStopping;

    internal OnlineUsers(Hub hub, Cluster cluster)
    {
        (_hub, _cluster, _grace) = (hub, cluster, hub.SessionOptions.Grace);
        cluster.Add(_stage = new("user", NodeJson.Default.UserRequest, NodeJson.Default.UserStage, asked => Task.FromResult(StageOf(asked.User))));
    }

    /// <summary>Told of a user who is online; what is told of the same user next waits for its end. Must not fail. Set before clients come.</summary>
    public Func<string, Task> Online { get; set; } = _ => Task.CompletedTask;

    /// <summary>Told of a user who is offline, in the same way.</summary>
    public Func<string, Task> Offline { get; set; } = _ => Task.CompletedTask;

    /// <summary>Users who are connected to this node, or were a moment ago.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _users.Count;
            }
        }
    }

    /// <summary>A connection of a user has come; exactly one <see cref="Went"/> follows.</summary>
    public void Came(string user)
    {
        ArgumentNullException.ThrowIfNull(user);
        lock (_gate)
        {
            if (!_users.TryGetValue(user, out var known))
            {
                known = _users[user] = new OnlineUser(user) { Stage = UserStage.Coming };
                _ = ComeAsync(known);
            }

            known.Connections++;
            if (known is { Stage: UserStage.Leaving, IsTold: false })
            {
                known.StayAnyway();
            }
        }
    }

    public void Went(string user)
    {
        lock (_gate)
        {
            var known = _users[user];
            known.Connections--;
            LeaveIfAlone(known, _grace);
        }
    }

    /// <summary>The node stops, and its clients have gone: who may yet come back comes to another node. Ends when all is told.</summary>
    public Task StopAsync(CancellationToken cut)
    {
        List<(OnlineUser User, int Turn)> leaving;
        lock (_gate)
        {
            _isStopping = true;
            leaving = [.. _users.Values.Where(u => u is { Stage: UserStage.Leaving, IsTold: false }).Select(u => (u, ++u.Turn))];
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = cut };
        return Parallel.ForEachAsync(leaving, options, async (left, _) => await LeaveAsync(left.User, left.Turn));
    }

    private UserStage StageOf(string user)
    {
        lock (_gate)
        {
            return _users.TryGetValue(user, out var known) ? known.Stage : UserStage.Away;
        }
    }

    /// <summary>Under the lock.</summary>
    private void LeaveIfAlone(OnlineUser user, TimeSpan after)
    {
        if (user is { Connections: 0, Stage: UserStage.Online })
        {
            user.Stage = UserStage.Leaving;
            LookAgain(user, after);
        }
    }

    /// <summary>Under the lock.</summary>
    private void LookAgain(OnlineUser user, TimeSpan after)
    {
        user.Timer?.Dispose();
        var turn = ++user.Turn;
        user.Timer = _hub.Time.CreateTimer(_ => _ = LeaveAsync(user, turn), null, after, Timeout.InfiniteTimeSpan);
    }

    private async Task ComeAsync(OnlineUser user)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var others = await OthersAsync(user.Name);
        if (!others.Exists(o => o.Stage is UserStage.Online or UserStage.Leaving || (o.Stage == UserStage.Coming && IsBefore(o.Node))))
        {
            await Online(user.Name);
        }

        lock (_gate)
        {
            user.Stage = UserStage.Online;
            LeaveIfAlone(user, _grace);
        }
    }

    private async Task LeaveAsync(OnlineUser user, int turn)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var others = await OthersAsync(user.Name);
        bool isLast;
        lock (_gate)
        {
            if (user.Stage != UserStage.Leaving || user.Turn != turn)
            {
                return;
            }

            // Others that are about to tell the same see that this node is, and leave it to the one with the lowest id.
            isLast = others.TrueForAll(o => o.Stage == UserStage.Away || (o.Stage == UserStage.Leaving && !IsBefore(o.Node)));
            if (isLast && !_isStopping && others.Exists(o => o.Stage == UserStage.Leaving))
            {
                LookAgain(user, s_again);
                return;
            }

            user.IsTold = true;
        }

        if (isLast)
        {
            await Offline(user.Name);
        }

        lock (_gate)
        {
            user.Timer?.Dispose();
            if (user.Connections == 0)
            {
                _users.Remove(user.Name);
                return;
            }

            (user.IsTold, user.Stage) = (false, UserStage.Coming);
        }

        await ComeAsync(user);
    }

    private async Task<List<(string Node, UserStage Stage)>> OthersAsync(string user)
    {
        var self = _cluster.Self.Id;
        var answers = await _cluster.CallAsync(_stage, new UserRequest(user));
        return [.. answers.Where(a => a is { IsAnswered: true, Node: { } node } && node.Id != self).Select(a => (a.Node!.Id, a.Value))];
    }

    private bool IsBefore(string node) => string.CompareOrdinal(node, _cluster.Self.Id) < 0;
}
