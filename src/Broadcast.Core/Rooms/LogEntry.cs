namespace Broadcast.Core;

/// <summary>
/// A place in a room's log on this node: a publication or a notice. Immutable, but for the frames it keeps for its wire formats.
/// Any thread may read it. What it does with its frames it does under its own monitor, which costs no memory as long as nobody waits for it.
/// </summary>
internal sealed class LogEntry
{
    /// <summary>What an entry costs besides its publication; a round figure for bounds.</summary>
    private const int Overhead = 96;

    private readonly object? _content;
    private readonly RoomLog? _log;
    private Encoded? _frames;
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

    internal long AppendedAt { get; }

    /// <summary>Kept, since by the time the entry is dropped its publication is in no cache.</summary>
    internal int Cost { get; }

    internal static LogEntry OfHistory(string epoch, StoredPublication stored) =>
        new(-1, new StreamPosition(epoch, stored.Offset), stored.Publication, null, 0, null);

    internal static LogEntry OfGap(Gap gap, StreamPosition position) => new(-1, position, null, gap, 0, null);

    /// <summary>The entry's bytes in a format: made at the first call, then kept until released.</summary>
    internal Frame FrameFor(WireFormat format, string room) => Find(format) ?? Encode(format, room);

    /// <summary>The same place with nothing in it.</summary>
    internal LogEntry Emptied() => new(Sequence, Position, null, null, AppendedAt, null);

    /// <summary>Lets the frames go; they are made anew if somebody needs them after all.</summary>
    /// <returns>The bytes that the log had counted for them.</returns>
    internal long ReleaseFrames()
    {
        lock (this)
        {
            var counted = _counted;
            _counted = 0;
            _frames = null;
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

            var frame = format.Encode(room, this);
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

    /// <summary>One of the frames it keeps; of the few formats there are, most entries meet one.</summary>
    private sealed class Encoded(WireFormat format, Frame frame, Encoded? next)
    {
        public WireFormat Format => format;

        public Frame Frame => frame;

        public Encoded? Next => next;
    }
}
