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
    private readonly NodeMethod<StageRequest, UserStage> _stage;
    private readonly Cluster _cluster;
    private readonly TimeSpan _grace;
    private readonly Hub _hub;
    private readonly Lock _gate = new();
    private bool _isStopping;

    internal OnlineUsers(Hub hub, Cluster cluster)
    {
        (_hub, _cluster, _grace) = (hub, cluster, hub.SessionOptions.Grace);
        cluster.Add(_stage = new("user", NodeJson.Default.StageRequest, NodeJson.Default.UserStage, asked => Task.FromResult(AnswerTo(asked))));
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
                known.Telling = ComeAsync(known);
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
            _ = LeaveIfAlone(known);
        }
    }

    /// <summary>The node stops, and its clients have gone: who may yet come back comes to another node. Ends when all is told.</summary>
    public async Task StopAsync(CancellationToken cut)
    {
        List<LeavingUser> leaving;
        lock (_gate)
        {
            _isStopping = true;
            leaving = [.. _users.Values.Where(u => u is { Stage: UserStage.Leaving, IsTold: false }).Select(u => new LeavingUser(u, ++u.Turn))];
        }

        await LeaveAllAsync(leaving, cut);

        // Of the others who have gone something was being told: that first, and then that they have gone.
        Task[] telling;
        lock (_gate)
        {
            telling = [.. _users.Values.Where(u => u.Connections == 0).Select(u => u.Telling)];
        }

        await Task.WhenAll(telling).WaitAsync(cut);
    }

    /// <summary>
    /// A node was lost that had these users: from now on each counts as one that leaves this node, and may come back elsewhere within the grace time.
    /// </summary>
    /// <returns>Those who may have gone with it, for <see cref="LeaveAsync(IReadOnlyList{LeavingUser}, CancellationToken)"/>.</returns>
    internal IReadOnlyList<LeavingUser> TakeOver(IEnumerable<string> users)
    {
        List<LeavingUser> leaving = [];
        lock (_gate)
        {
            foreach (var user in users)
            {
                if (!_users.TryGetValue(user, out var known))
                {
                    known = _users[user] = new OnlineUser(user) { Stage = UserStage.Leaving };
                    leaving.Add(new LeavingUser(known, ++known.Turn));
                }
                else if (!known.IsTold)
                {
                    // It may have been left to the lost node to tell more of it.
                    known.WasOnline = known.Stage == UserStage.Coming;
                }
            }
        }

        return leaving;
    }

    /// <summary>Ends when the grace time is over, and it has been told who has gone.</summary>
    internal async Task LeaveAsync(IReadOnlyList<LeavingUser> leaving, CancellationToken cut)
    {
        // Not with a timer for each: so many at the same moment would ask more than other nodes may be asked.
        await Task.Delay(_grace, _hub.Time, cut);
        await LeaveAllAsync(leaving, cut);
    }

    /// <summary>Others have told that these connections have gone; their <see cref="Went"/> does not follow.</summary>
    /// <param name="users">Of each connection its user.</param>
    internal void Forget(IEnumerable<string> users)
    {
        lock (_gate)
        {
            foreach (var (user, count) in users.CountBy(u => u))
            {
                if (!_users.TryGetValue(user, out var known))
                {
                    continue;
                }

                known.Connections -= count;
                if (known is { Stage: UserStage.Online, Connections: 0 })
                {
                    _users.Remove(user);
                }
                else if (known is { Stage: UserStage.Online })
                {
                    // Who has come since counts as a first connection: for all that was told, the user is offline.
                    known.Stage = UserStage.Coming;
                    known.Telling = ComeAsync(known);
                }
            }
        }
    }

    /// <returns>What other nodes are told of a user. Whose coming is being told counts as online: nobody else is to tell it.</returns>
    internal UserStage StageOf(string user)
    {
        lock (_gate)
        {
            return !_users.TryGetValue(user, out var known) ? UserStage.Away
                : known is { Stage: UserStage.Coming, IsTold: true } ? UserStage.Online
                : known is { Stage: UserStage.Leaving, IsTold: true } ? UserStage.Going
                : known.Stage;
        }
    }

    /// <returns>What <see cref="StageOf"/> gives. A node to which the user comes hears that it was not away, and so this one must not tell that it has gone.</returns>
    private UserStage AnswerTo(StageRequest asked)
    {
        lock (_gate)
        {
            if (asked.IsComing && _users.TryGetValue(asked.User, out var known) && known is { Stage: UserStage.Leaving, IsTold: false })
            {
                known.IsAskedFor = true;
            }

            return StageOf(asked.User);
        }
    }

    /// <summary>Under the lock.</summary>
    /// <returns>Ends when that is told which a node that stops tells at once; at once if there is nothing.</returns>
    private Task LeaveIfAlone(OnlineUser user)
    {
        if (user is not { Connections: 0, Stage: UserStage.Online })
        {
            return Task.CompletedTask;
        }

        user.Stage = UserStage.Leaving;
        if (_isStopping)
        {
            return Leave(user, ++user.Turn);
        }

        LookAgain(user, _grace);
        return Task.CompletedTask;
    }

    /// <summary>Under the lock.</summary>
    private void LookAgain(OnlineUser user, TimeSpan after)
    {
        user.Timer?.Dispose();
        var turn = ++user.Turn;
        user.Timer = _hub.Time.CreateTimer(_ => Leave(user, turn), null, after, Timeout.InfiniteTimeSpan);
    }

    private async Task ComeAsync(OnlineUser user)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        bool? isFirst;
        while ((isFirst = IsFirst(await OthersAsync(user.Name, isComing: true))) is null && !Volatile.Read(ref _isStopping))
        {
            await Task.Delay(s_again, _hub.Time);
        }

        lock (_gate)
        {
            user.IsTold = true;
            (var wasOnline, user.WasOnline) = (user.WasOnline, false);
            isFirst &= !wasOnline;
        }

        if (isFirst == true)
        {
            await Online(user.Name);
        }

        Task gone;
        lock (_gate)
        {
            (user.IsTold, user.Stage) = (false, UserStage.Online);
            gone = LeaveIfAlone(user);
        }

        await gone;
    }

    /// <returns>
    /// Whether this node tells that a user is online; null if it is left to one with a lower id, or another just tells that the user has gone. The one with the
    /// lower id may yet leave it to this one, if its question comes when this one counts as online: so this one goes on coming until the other has made up its
    /// mind.
    /// </returns>
    private bool? IsFirst(List<(string Node, UserStage Stage)> others) =>
        others.Exists(o => o.Stage is UserStage.Online or UserStage.Leaving) ? false
            : others.Exists(o => o.Stage == UserStage.Going || (o.Stage == UserStage.Coming && IsBefore(o.Node))) ? null
            : true;

    private Task LeaveAllAsync(IEnumerable<LeavingUser> leaving, CancellationToken cut)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = cut };
        return Parallel.ForEachAsync(leaving, options, async (left, _) => await Leave(left.User, left.Turn));
    }

    /// <summary>Begins to leave, unless that turn means nothing any more.</summary>
    private Task Leave(OnlineUser user, int turn)
    {
        lock (_gate)
        {
            return user.Turn == turn ? user.Telling = LeaveAsync(user, turn) : Task.CompletedTask;
        }
    }

    private async Task LeaveAsync(OnlineUser user, int turn)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (!await IsLastAsync(user, turn))
        {
            return;
        }

        await Offline(user.Name);
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

    /// <returns>Whether this node tells that a user has gone; then nothing changes it any more. Else another does, or it is looked at again, or no more.</returns>
    private async Task<bool> IsLastAsync(OnlineUser user, int turn)
    {
        while (true)
        {
            lock (_gate)
            {
                user.IsAskedFor = false;
            }

            var others = await OthersAsync(user.Name, isComing: false);
            lock (_gate)
            {
                if (user.Stage != UserStage.Leaving || user.Turn != turn)
                {
                    return false;
                }

                if (user.IsAskedFor)
                {
                    // What that node answered may be of before the user came to it.
                    continue;
                }

                // Others that are about to tell the same see that this node is, and leave it to the one with the lowest id. One to which the user comes is going
                // to ask, and must find the user here.
                var isLast = others.TrueForAll(o => o.Stage == UserStage.Away || (o.Stage == UserStage.Leaving && !IsBefore(o.Node)));
                if (!_isStopping && others.Exists(o => o.Stage == (isLast ? UserStage.Leaving : UserStage.Coming)))
                {
                    LookAgain(user, s_again);
                    return false;
                }

                if (!isLast)
                {
                    // At once: a node that asks meanwhile must not hear that this one is about to tell it, or neither would.
                    user.Timer?.Dispose();
                    _users.Remove(user.Name);
                    return false;
                }

                user.IsTold = true;
                return true;
            }
        }
    }

    private async Task<List<(string Node, UserStage Stage)>> OthersAsync(string user, bool isComing)
    {
        var self = _cluster.Self.Id;
        var answers = await _cluster.CallAsync(_stage, new StageRequest(user, isComing));
        List<(string Node, UserStage Stage)> others = [.. answers.Where(a => a is { IsAnswered: true, Node: { } node } && node.Id != self).Select(a => (a.Node!.Id, a.Value))];

        // Of a node that does not answer counts what it told last, until somebody tells of its loss.
        var silent = _cluster.Losses.NodesOf(user).Where(n => !others.Exists(o => o.Node == n)).ToArray();
        others.AddRange(silent.Select(n => (n, UserStage.Online)));
        return others;
    }

    private bool IsBefore(string node) => string.CompareOrdinal(node, _cluster.Self.Id) < 0;
}
