namespace Broadcast.Core;

/// <summary>
/// The receipts of one room on this node: those under way, and for a moment those that are through. A room has this only as long as there are any. Any
/// thread may call it; who also takes the log's lock takes that one first.
/// </summary>
internal sealed class RoomReceipts(int most, TimeProvider time)
{
    /// <summary>How long one may be asked for.</summary>
    private static readonly TimeSpan s_keptFor = TimeSpan.FromSeconds(30);

    private readonly List<OpenReceipt> _receipts = [];
    private readonly Lock _gate = new();

    /// <summary>The newest one that was given up for others.</summary>
    private StreamPosition _givenUp;

    /// <summary>Sequence of the newest publication that has one; what comes after it has none, which is nearly everything.</summary>
    private long _newest = -1;

    /// <summary>A publication is about to be put on the log; under the log's lock, so that nobody joins or leaves meanwhile.</summary>
    public void Begin(StreamPosition position, long sequence, int members, Audience? audience = null)
    {
        Volatile.Write(ref _newest, sequence);
        Open(position).Begin(sequence, members, audience);
    }

    /// <summary>The room begins after a position: what came before it had no members here.</summary>
    public void Start(StreamPosition after)
    {
        lock (_gate)
        {
            foreach (var receipt in _receipts)
            {
                if (receipt.Position.Epoch == after.Epoch && receipt.Position.Offset <= after.Offset)
                {
                    receipt.Begin(-1, members: 0);
                }
            }
        }
    }

    /// <returns>The one of a publication, or null.</returns>
    public OpenReceipt? Find(StreamPosition position)
    {
        lock (_gate)
        {
            return _receipts.Find(r => r.Position == position);
        }
    }

    /// <summary>Whether there was one that has been given up since.</summary>
    public bool HasGivenUp(StreamPosition position)
    {
        lock (_gate)
        {
            return position.Epoch == _givenUp.Epoch && position.Offset <= _givenUp.Offset;
        }
    }

    /// <summary>The one of a publication that has come, or has not come yet.</summary>
    public OpenReceipt Open(StreamPosition position)
    {
        lock (_gate)
        {
            if (_receipts.Find(r => r.Position == position) is { } known)
            {
                return known;
            }

            if (_receipts.Count >= most)
            {
                _givenUp = _receipts[0].Position;
                _receipts.RemoveAt(0);
            }

            var opened = new OpenReceipt(position, time.GetTimestamp());
            _receipts.Add(opened);
            return opened;
        }
    }

    /// <summary>On the loop of a member: it was sent a run up to a sequence, exclusive.</summary>
    public void Sent(Subscription member, Run run, long to)
    {
        if (run.From > Volatile.Read(ref _newest))
        {
            return;
        }

        lock (_gate)
        {
            foreach (var receipt in _receipts)
            {
                if (receipt.Sequence >= run.From && receipt.Sequence < to)
                {
                    Count(receipt, member, run.Shows(receipt.Sequence) ? Fate.Written : Fate.Withheld);
                }
            }
        }
    }

    /// <summary>On the loop of a member: it was sent one entry, which may be read from history.</summary>
    public void Sent(Subscription member, LogEntry entry, bool shown)
    {
        if (entry.Publication is not null && Find(entry.Position) is { } receipt)
        {
            Count(receipt, member, shown ? Fate.Written : Fate.Withheld);
        }
    }

    /// <summary>On the loop of a member: the room's rule took it to where it stands now; what it is led to on the way is not passed over.</summary>
    public void PassedOver(Subscription member)
    {
        lock (_gate)
        {
            foreach (var receipt in _receipts)
            {
                if (receipt.Sequence >= 0 && receipt.Sequence < member.Cursor && !member.IsLedTo(receipt.Sequence))
                {
                    Count(receipt, member, Fate.LeftBehind);
                }
            }
        }
    }

    /// <summary>Under the log's lock: a member is none any more.</summary>
    public void Left(Subscription member)
    {
        lock (_gate)
        {
            foreach (var receipt in _receipts)
            {
                if (receipt.Sequence >= 0)
                {
                    Count(receipt, member, Fate.LeftBehind);
                }
            }
        }
    }

    /// <returns>Whether there are none left.</returns>
    public bool Housekeep()
    {
        lock (_gate)
        {
            _receipts.RemoveAll(r => time.GetElapsedTime(r.OpenedAt) > s_keptFor);
            return _receipts.Count == 0;
        }
    }

    /// <summary>Who joined after it may come by it all the same, catching up.</summary>
    private static void Count(OpenReceipt receipt, Subscription member, Fate fate)
    {
        if (receipt.Sequence >= member.MemberFrom)
        {
            receipt.Count(member, fate);
        }
    }
}
