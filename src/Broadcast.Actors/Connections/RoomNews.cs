using Akka.Pattern;
using Akka.Streams.Dsl;

namespace Broadcast.Actors;

/// <summary>
/// The news of one room, on their way through a tree of hubs to members each of which has a loop of its own. What goes through the tree is only that there
/// are some: members read the room's log. So each has a buffer for one, and what comes while that is full changes nothing. Any thread.
/// </summary>
internal sealed class RoomNews(Room room, ActorLoops loops) : IRoomNews
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RoomMembers, HubConsumer> _consumers = [];

    /// <summary>Those that no stream reaches, since the actors stop or have not begun: they are told one by one.</summary>
    private readonly HashSet<RoomMembers> _others = [];
    private RoomMembers[]? _othersNow = [];
    private HubTree<Room>? _tree;

    public RoomMembers Join(EventLoop loop)
    {
        var members = new RoomMembers(room, loop, next: null);
        if (!TryAttach(members))
        {
            TellByItself(members);
        }

        return members;
    }

    public void Leave(RoomMembers members)
    {
        HubConsumer? consumer;
        lock (_gate)
        {
            if (!_consumers.Remove(members, out consumer))
            {
                RemoveOther(members);
            }
        }

        consumer?.Detach();
    }

    public void Tell()
    {
        Volatile.Read(ref _tree)?.Offer(room);
        foreach (var members in Others())
        {
            members.Tell();
        }
    }

    public void Close() => Volatile.Read(ref _tree)?.Complete();

    private bool TryAttach(RoomMembers members)
    {
        try
        {
            if (Tree() is not { } tree)
            {
                return false;
            }

            var consumer = tree.Attach(Sink.ForEach<Room>(_ => members.Tell()), capacity: 1);
            lock (_gate)
            {
                _consumers.Add(members, consumer);
            }

            loops.CountJoining(1);
            _ = FollowAsync(members, consumer);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or IllegalStateException)
        {
            // Nothing can be materialised any more: the actors stop, or the room is closed.
            return false;
        }
    }

    private HubTree<Room>? Tree()
    {
        lock (_gate)
        {
            if (_tree is null && loops.Materializer is { } materializer)
            {
                Volatile.Write(ref _tree, new HubTree<Room>(materializer, capacity: 1));
            }

            return _tree;
        }
    }

    private async Task FollowAsync(RoomMembers members, HubConsumer consumer)
    {
        await consumer.Attached;

        // What was told before did not come; what is told from now on does.
        members.Tell();
        loops.CountJoining(-1);
        await consumer.Ended;
        bool isMember;
        lock (_gate)
        {
            isMember = _consumers.Remove(members);
            if (isMember)
            {
                AddOther(members);
            }
        }

        if (isMember)
        {
            members.Tell();
        }
    }

    private void TellByItself(RoomMembers members)
    {
        lock (_gate)
        {
            AddOther(members);
        }
    }

    private void AddOther(RoomMembers members)
    {
        _others.Add(members);
        Volatile.Write(ref _othersNow, null);
    }

    private void RemoveOther(RoomMembers members)
    {
        if (_others.Remove(members))
        {
            Volatile.Write(ref _othersNow, null);
        }
    }

    private RoomMembers[] Others()
    {
        if (Volatile.Read(ref _othersNow) is { } now)
        {
            return now;
        }

        lock (_gate)
        {
            return _othersNow ??= [.. _others];
        }
    }
}
