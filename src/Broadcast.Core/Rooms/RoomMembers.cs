namespace Broadcast.Core;

/// <summary>
/// The members of one room on one event loop, and the round that visits them. Touched by that loop; only <see cref="Tell"/> and the
/// two numbers that rooms read may be used by others.
/// </summary>
/// <param name="next">The same room's on another loop, or null. A list, since most rooms are small and on few of many loops.</param>
internal sealed class RoomMembers(Room room, EventLoop loop, RoomMembers? next) : LoopItem
{
    /// <summary>Members glanced at together. More would not stay in the cache until their turn.</summary>
    private const int Ahead = 8;

    private const long NoRound = -1;

    private Subscription[] _members = [];
    private int _count;
    private long _told;
    private long _toldMeanwhile;
    private long _visited;
    private int _next;
    private long _passed;
    private long _passedSoFar;
    private long _target = NoRound;

    public EventLoop Loop => loop;

    public RoomMembers? Next => next;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Every member's cursor had passed this sequence when the last round ended; what comes after is still needed.</summary>
    public long Passed => Volatile.Read(ref _passed);

    /// <summary>Up to where members are to be served now: the head as it was when the round began, so that they stay together.</summary>
    public long Limit => InRound ? _target : room.Log.Head;

    public bool InRound => _target != NoRound;

    /// <summary>Any thread: there is news. At most one notice is pending.</summary>
    /// <param name="views">The marks of those whose members have something to look at; the others are not visited.</param>
    public void Tell(long views = View.AllMarks)
    {
        if (Count > 0 && Interlocked.Or(ref _told, views) == 0)
        {
            loop.Post(this);
        }
    }

    public void Add(Subscription subscription)
    {
        if (_count == _members.Length)
        {
            Array.Resize(ref _members, Math.Max(1, _count * 2));
        }

        subscription.Slot = _count;
        _members[_count] = subscription;
        Volatile.Write(ref _count, _count + 1);

        // What a newcomer will need is not known yet; nothing may be released over its head.
        Volatile.Write(ref _passed, Math.Min(_passed, room.Log.Oldest));

        // From here on the room tells this loop; the head is read after.
        Interlocked.MemoryBarrier();
    }

    public void Remove(Subscription subscription)
    {
        var hole = subscription.Slot;
        if (InRound && hole < _next)
        {
            // Among those visited: the last of them takes the place, so that nobody moves from the unvisited to the visited.
            Move(--_next, hole);
            hole = _next;
        }

        Move(_count - 1, hole);
        _members[_count - 1] = null!;
        Volatile.Write(ref _count, _count - 1);
        if (_count == 0)
        {
            _members = [];
        }
    }

    internal override void Run(EventLoop on)
    {
        // Taken back before the head is read: an append after this line posts anew.
        _toldMeanwhile |= Interlocked.Exchange(ref _told, 0);
        if (!InRound)
        {
            on.StartRound(this);
        }
    }

    public void BeginRound()
    {
        (_next, _passedSoFar, _target) = (0, long.MaxValue, room.Log.Head);
        (_visited, _toldMeanwhile) = (room.Views is null ? View.AllMarks : _toldMeanwhile, 0);
    }

    /// <summary>Visits the next slice of members.</summary>
    /// <returns>Whether the round is over.</returns>
    public bool VisitSlice()
    {
        for (var end = _next + loop.Slice; _next < _count && _next < end;)
        {
            if (_next % Ahead == 0)
            {
                GlanceAhead();
            }

            var member = _members[_next++];
            if ((member.Mark & _visited) != 0)
            {
                member.Connection.Visit(member);
            }

            _passedSoFar = Math.Min(_passedSoFar, member.Needs);
        }

        if (_next < _count)
        {
            return false;
        }

        var target = _target;
        _target = NoRound;
        Volatile.Write(ref _passed, Math.Min(_passedSoFar, target));
        room.ReleaseFrames();
        if (room.Views is not null)
        {
            // What has come meanwhile is told of when a view shows it, and it may be a view's time without anything having come.
            if (_toldMeanwhile != 0)
            {
                loop.StartRound(this);
            }
        }
        else if (room.Log.Head > target)
        {
            loop.StartRound(this);
        }

        return true;
    }

    /// <summary>
    /// A send uses up the processor's cache, so that each member's objects must be fetched anew. Between two sends they would be waited for
    /// one after the other; read here in a row, they come together (docs/decisions/0007).
    /// </summary>
    public void GlanceAhead()
    {
        var read = room.Log.Glance();
        for (var at = _next; at < _count && at < _next + Ahead; at++)
        {
            read += (_members[at].Mark & _visited) != 0 ? _members[at].Glance() : 0;
        }

        loop.Glanced = read;
    }

    private void Move(int from, int to)
    {
        // What stands in a hole has been moved, or is leaving.
        if (from == to)
        {
            return;
        }

        _members[to] = _members[from];
        _members[to].Slot = to;
    }
}
