namespace Broadcast.Core;

/// <summary>
/// What one publication meets among its room's members on this node, each counted once whatever way it takes. Known of before the publication if it is
/// asked for first. Any thread may call it.
/// </summary>
internal sealed class OpenReceipt(StreamPosition position, long openedAt)
{
    private readonly TaskCompletionSource _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<string> _users = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private HashSet<Subscription>? _seen = [];
    private int _members = -1;
    private int _written;
    private int _withheld;
    private int _outside;
    private Audience? _audience;

    public StreamPosition Position => position;

    /// <summary>A timestamp.</summary>
    public long OpenedAt => openedAt;

    /// <summary>Where the publication stands in the room's log; −1 until it does.</summary>
    public long Sequence { get; private set; } = -1;

    /// <summary>Ends when every member has met it.</summary>
    public Task Decided => _decided.Task;

    /// <summary>The publication is about to be put on the log.</summary>
    public void Begin(long sequence, int members, Audience? audience = null)
    {
        lock (_gate)
        {
            (Sequence, _members, _audience) = (sequence, members, audience);
            EndIfAllMet();
        }
    }

    /// <summary>On the loop of a member.</summary>
    public void Count(Subscription member, Fate fate)
    {
        lock (_gate)
        {
            if (_seen?.Add(member) != true)
            {
                return;
            }

            switch (fate)
            {
                case Fate.Written:
                    _written++;
                    if (member.Connection.User is { } user)
                    {
                        _users.Add(user);
                    }

                    break;
                case Fate.Withheld:
                    _withheld++;
                    break;
            }

            _outside += fate != Fate.Written && _audience is { } audience && !member.Connection.IsIn(audience) ? 1 : 0;
            EndIfAllMet();
        }
    }

    /// <param name="most">Up to here users are named, else counted only.</param>
    /// <returns>How it stands; null if the publication has not come.</returns>
    public ReceiptAnswer? Answer(int most)
    {
        lock (_gate)
        {
            return _members < 0 ? null
                : new ReceiptAnswer(_members, _members - _outside, _written, _withheld, _users.Count, _users.Count <= most ? [.. _users] : null);
        }
    }

    /// <summary>Under the lock.</summary>
    private void EndIfAllMet()
    {
        if (_seen?.Count == _members)
        {
            // It may be kept for a while, its members need not be.
            _seen = null;
            _decided.TrySetResult();
        }
    }
}
