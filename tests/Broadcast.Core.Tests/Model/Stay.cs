namespace Broadcast.Core.Tests.Model;

/// <summary>
/// Follows what a client received of one room from its opening reply on, and says what is wrong with the first item that is.
/// It knows nothing of cursors, windows and logs: only what was published, what is still kept, and the room's rule.
/// </summary>
internal sealed class Stay
{
    private readonly Truth _truth;
    private readonly FallingBehind _rule;
    private readonly bool _isToldOfRule;
    private readonly Membership _membership;
    private readonly HashSet<long> _received = [];
    private readonly long _begin;
    private StreamPosition? _at;
    private StreamPosition? _conflatedTo;
    private long _conflatedFrom;
    private bool _isFirst = true;

    public Stay(TestFrame open, Membership membership, Truth truth, FallingBehind rule, bool isToldOfRule)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(membership);
        ArgumentNullException.ThrowIfNull(truth);
        (_truth, _rule, _isToldOfRule, _membership) = (truth, rule, isToldOfRule, membership);
        if (membership.At.Position is { } claimed)
        {
            Require(open.Position == claimed, $"It asked for {claimed} and was opened at {open.Position}");
            _at = claimed;
        }
        else
        {
            Require(truth.Knows(open.Position.Epoch), $"Nobody knows the position {open.Position} it was opened at");
            _at = membership.At.IsStart ? null : open.Position;
            var least = membership.Known is { } known ? truth.Order(known) : long.MinValue;
            Require(_at is null || truth.Order(open.Position) >= least, $"It joined at {membership.Known} and was opened at {open.Position}, before");
            Require(truth.Order(open.Position) <= truth.Order(truth.Top), $"It was opened at {open.Position}, after {truth.Top}");
        }

        _begin = truth.Order(open.Position);
    }

    public bool IsPaused { get; set; }

    private bool LeavesOut => _rule is FallingBehind.Latest or FallingBehind.Conflate;

    public void Follow(TestFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Require(!IsPaused, "It is paused");
        if (frame.Kind == "pub")
        {
            FollowPublication(frame);
            _isFirst = false;
        }
        else if (frame.Kind == "gap")
        {
            FollowGap(frame);
            _isFirst = false;
        }
    }

    /// <summary>Nothing more will come: is everything there?</summary>
    public void Finish()
    {
        FinishConflated(long.MaxValue);
        if (LeavesOut && !_isToldOfRule)
        {
            var needed = _rule == FallingBehind.Latest ? [_truth.LastKept] : _truth.NewestKept(_begin + 1, long.MaxValue).ToArray();
            Require(needed.All(n => n <= _begin || _received.Contains(n)), $"It lacks the newest of {_truth.Top}");
            return;
        }

        Require(_at is null ? _truth.KeepsNothing : _at == _truth.Top, $"It stopped at {_at}, and the room is at {_truth.Top}");
    }

    private void FollowPublication(TestFrame frame)
    {
        Require(_truth.Find(frame.Position) is { } known && known.Key == frame.Key && Text(known) == frame.Text, "Nobody accepted that");
        var order = _truth.Order(frame.Position);
        FinishConflated(order);
        var isConflated = _conflatedTo is { } to && order <= _truth.Order(to);
        if (_at is not { } at)
        {
            Require((LeavesOut && !_isToldOfRule) || !_truth.Keeps(long.MinValue, order - 1), "It joined at the start, and something before is kept");
        }
        else if (frame.Position != Next(at))
        {
            Require(order > _truth.Order(at), $"It was at {at} already");
            Require(isConflated || (LeavesOut && !_isToldOfRule), $"It was at {at}, and nothing told of a gap");
            Require(
                !isConflated || !_truth.KeepsNewerOf(frame.Key, order, _truth.Order(_conflatedTo!.Value)),
                $"There is something newer of its key up to {_conflatedTo}");
        }

        _received.Add(order);
        _at = frame.Position;
    }

    private void FollowGap(TestFrame gap)
    {
        var (from, to) = (_truth.Order(gap.Position), _truth.Order(gap.To));
        FinishConflated(from);
        Require(gap.Position.Epoch != gap.To.Epoch || gap.Position.Offset <= gap.To.Offset, "It ends before it begins");
        if (_at is not { } at)
        {
            Require(!_truth.Keeps(long.MinValue, from - 1), "It joined at the start, and something before is kept");
        }
        else if (gap.Text == GapReason.Conflated && _conflatedTo is not null && from > _truth.Order(at))
        {
            // Conflated once more before all of the part before was sent: it may begin anywhere in that.
            from = Math.Min(from, _conflatedFrom);
        }
        else if (gap.Position != Next(at))
        {
            // Who claims more than there is, is told from where it goes on.
            var claimsTooMuch = _isFirst && _membership.At.Position is not null && gap.Position.Epoch == at.Epoch && gap.Position.Offset <= at.Offset;
            Require(claimsTooMuch && from > _truth.Order(_membership.Top), $"It was at {at}, and the gap begins elsewhere");
            Require(gap.Text != GapReason.Ahead || gap.To == at, "It ends elsewhere than the position asked for");
            _at = gap.Position with { Offset = gap.Position.Offset - 1 };
        }

        switch (gap.Text)
        {
            case GapReason.Behind:
                Require(_rule == FallingBehind.Skip, "That is not the room's rule");
                _at = gap.To;
                break;
            case GapReason.Latest:
                Require(_rule == FallingBehind.Latest && _isToldOfRule, "That is not the room's rule");
                _at = gap.To;
                break;
            case GapReason.Conflated:
                Require(_rule == FallingBehind.Conflate && _isToldOfRule, "That is not the room's rule");
                (_conflatedFrom, _conflatedTo) = (from, gap.To);
                _at ??= gap.Position with { Offset = gap.Position.Offset - 1 };
                break;
            case GapReason.Expired:
                Require(gap.Position.Epoch == gap.To.Epoch && !_truth.Keeps(from, to), "Some of it is still kept");
                _at = gap.To;
                break;
            case GapReason.Epoch:
                Require(gap.Position.Epoch != gap.To.Epoch && to > from && !_truth.Keeps(from, to), "Some of it is still kept");
                _at = gap.To;
                break;
            default:
                Require(gap.Text == GapReason.Ahead && _isFirst && gap.Position == Next(_at!.Value), "It was not ahead");
                break;
        }

        if (gap.Text != GapReason.Conflated && _conflatedTo is { } end && to >= _truth.Order(end))
        {
            _conflatedTo = null;
        }
    }

    /// <summary>When something beyond a conflated part comes, the newest of each key in it must have come.</summary>
    private void FinishConflated(long next)
    {
        if (_conflatedTo is { } to && next > _truth.Order(to))
        {
            Require(_truth.NewestKept(_conflatedFrom, _truth.Order(to)).All(_received.Contains), $"A key's newest before {to} is missing");
            (_at, _conflatedTo) = (to, null);
        }
    }

    private static StreamPosition Next(StreamPosition position) => position with { Offset = position.Offset + 1 };

    private static string Text(Publication publication) => System.Text.Encoding.UTF8.GetString(publication.Data.Span);

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ModelException(otherwise);
        }
    }
}
