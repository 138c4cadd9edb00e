namespace Broadcast.Core;

/// <summary>
/// A place in a room's log on this node: a publication or a notice. Immutable, but for what it keeps: frames for its wire formats, and what its room's
/// views show in its place.
/// Any thread may read it. What it does with its frames it does under its own monitor, which costs no memory as long as nobody waits for it.
/// </summary>
internal sealed class LogEntry
{
    /// <summary>What an entry costs besides its publication; a round figure for bounds.</summary>
    private const int Overhead = 96;

    private readonly object? _content;
    private readonly RoomLog? _log;
    private Encoded? _frames;
    private Projection? _projections;
    private int _counted;

    internal LogEntry(long sequence, StreamPosition position, Publication? publication, Notice? notice, long appendedAt, RoomLog? log)
    {
        Sequence = sequence;
        Position = position;
        _content = (object?)publication ?? notice;
        AppendedAt = appendedAt;
        Cost = Overhead + (publication?.Cost ?? 0);
        _log = log;
    }

    /// <summary>Where it stands in the node's log; negative if it stands in none (read from history, or meant for one subscriber).</summary>
    public long Sequence { get; }

    /// <summary>The publication's position; for a notice that of the publication before it.</summary>
    public StreamPosition Position { get; }

    public Publication? Publication => _content as Publication;

    public Notice? Notice => _content as Notice;

    /// <summary>Whom it is meant for; null for everybody.</summary>
    internal Audience? Audience => Publication?.Audience;

    /// <summary>What a view shows of a publication that it withholds.</summary>
    internal static LogEntry Withheld { get; } = new(-1, default, null, null, 0, null);

    internal long AppendedAt { get; }

    /// <summary>Kept, since by the time the entry is dropped its publication is in no cache.</summary>
    internal int Cost { get; }

    internal static LogEntry OfHistory(string epoch, StoredPublication stored) =>
        new(-1, new StreamPosition(epoch, stored.Offset), stored.Publication, null, 0, null);

    internal static LogEntry OfGap(Gap gap, StreamPosition position) => new(-1, position, null, gap, 0, null);

    /// <summary>The entry's bytes in a format: made at the first call, then kept until released.</summary>
    internal Frame FrameFor(WireFormat format, string room) => Find(format) ?? Encode(format, room);

    /// <returns>Null as long as it is not known what the view shows.</returns>
    internal Frame? FrameFor(WireFormat format, View? view, string room) => In(view)?.FrameFor(format, room);

    /// <summary>What a view shows in this place; notices, and all in a room without views, are shown as they are.</summary>
    /// <returns>Null as long as that is not known; <see cref="Withheld"/> for nothing.</returns>
    internal LogEntry? In(View? view) =>
        view is null || Publication is null ? this
        : view.ShowsNothing ? Withheld
        : Find(view)?.Shown;

    /// <summary>Whether somebody has asked for what the view shows, and it is not there yet.</summary>
    internal bool IsAwaited(View view) => Find(view) is { IsAsked: true, Shown: null };

    /// <returns>Whether nobody has asked before; who is the first has it projected.</returns>
    internal bool TryAsk(View view)
    {
        if (In(view) is not null)
        {
            return false;
        }

        lock (this)
        {
            return FindOrAdd(view).TryAsk();
        }
    }

    /// <returns>Ends when it is known what the view shows.</returns>
    internal Task<LogEntry> WhenIn(View view)
    {
        lock (this)
        {
            return FindOrAdd(view).WhenShown();
        }
    }

    /// <summary>Known from now on, for as long as somebody holds this entry. In the log it counts in the window's bytes.</summary>
    /// <param name="publication">Null withholds it.</param>
    internal void Show(View view, Publication? publication)
    {
        lock (this)
        {
            var projection = FindOrAdd(view);
            if (publication is null || ReferenceEquals(publication, Publication))
            {
                projection.Show(publication is null ? Withheld : this);
                return;
            }

            var shown = new LogEntry(Sequence, Position, publication, null, AppendedAt, _log);
            projection.ShowOther(shown, counted: _log?.CountFrame(this, shown.Cost) == true ? shown.Cost : 0);
        }
    }

    /// <summary>The same place with nothing in it.</summary>
    internal LogEntry Emptied() => new(Sequence, Position, null, null, AppendedAt, null);

    /// <summary>Lets the frames go; they are made anew if somebody needs them after all.</summary>
    /// <returns>The bytes that the log had counted for them.</returns>
    internal long ReleaseFrames()
    {
        lock (this)
        {
            long counted = _counted;
            _counted = 0;
            _frames = null;
            for (var one = _projections; one is not null; one = one.Next)
            {
                counted += one.ReleaseFrames();
            }

            return counted;
        }
    }

    /// <summary>It has left the window, which counts nothing of it any more. What views show stays with it: an index of keys may have it yet.</summary>
    /// <returns>The bytes that the log had counted for its frames and what views show.</returns>
    internal long Leave()
    {
        lock (this)
        {
            var counted = ReleaseFrames();
            for (var one = _projections; one is not null; one = one.Next)
            {
                counted += one.TakeCounted();
            }

            return counted;
        }
    }

    private Frame Encode(WireFormat format, string room)
    {
        lock (this)
        {
            if (Find(format) is { } already)
            {
                return already;
            }

            var frame = _content is null ? Frame.Empty : format.Encode(room, this);
            Volatile.Write(ref _frames, new Encoded(format, frame, _frames));
            if (_log?.CountFrame(this, frame.Bytes.Length) == true)
            {
                _counted += frame.Bytes.Length;
            }

            return frame;
        }
    }

    private Frame? Find(WireFormat format)
    {
        for (var one = Volatile.Read(ref _frames); one is not null; one = one.Next)
        {
            if (one.Format == format)
            {
                return one.Frame;
            }
        }

        return null;
    }

    private Projection? Find(View view)
    {
        for (var one = Volatile.Read(ref _projections); one is not null; one = one.Next)
        {
            if (one.View == view)
            {
                return one;
            }
        }

        return null;
    }

    /// <summary>Under the lock.</summary>
    private Projection FindOrAdd(View view)
    {
        if (Find(view) is { } already)
        {
            return already;
        }

        var added = new Projection(view, _projections);
        Volatile.Write(ref _projections, added);
        return added;
    }

    /// <summary>One of the frames it keeps; of the few formats there are, most entries meet one.</summary>
    private sealed class Encoded(WireFormat format, Frame frame, Encoded? next)
    {
        public WireFormat Format => format;

        public Frame Frame => frame;

        public Encoded? Next => next;
    }
}
