namespace Broadcast.Core;

/// <summary>
/// A place in a room's log on this node: a publication or a notice. Immutable, but for the frames it keeps for its wire formats.
/// Any thread may read it.
/// </summary>
public sealed class LogEntry
{
    /// <summary>What an entry costs besides its publication; a round figure for bounds.</summary>
    private const int Overhead = 96;

    // Encoding is rare and short; a lock per entry would cost more memory than waiting for a neighbour costs time.
    private static readonly Lock[] s_encoding = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];

    private readonly object? _content;
    private readonly RoomLog? _log;
    private Frame?[]? _frames;
    private long _counted;

    internal LogEntry(long sequence, StreamPosition position, Publication? publication, Notice? notice, long appendedAt, RoomLog? log)
    {
        Sequence = sequence;
        Position = position;
        _content = (object?)publication ?? notice;
        AppendedAt = appendedAt;
        _log = log;
    }

    /// <summary>Where it stands in the node's log; negative if it stands in none (read from history, or meant for one subscriber).</summary>
    public long Sequence { get; }

    /// <summary>The publication's position; for a notice that of the publication before it.</summary>
    public StreamPosition Position { get; }

    public Publication? Publication => _content as Publication;

    public Notice? Notice => _content as Notice;

    internal long AppendedAt { get; }

    internal int Cost => Overhead + (Publication?.Cost ?? 0);

    internal static LogEntry OfHistory(string epoch, StoredPublication stored) =>
        new(-1, new StreamPosition(epoch, stored.Offset), stored.Publication, null, 0, null);

    internal static LogEntry OfGap(Gap gap, StreamPosition position) => new(-1, position, null, gap, 0, null);

    /// <summary>The entry's bytes in a format: made at the first call, then kept until released.</summary>
    internal Frame FrameFor(WireFormat format, string room)
    {
        var frames = Volatile.Read(ref _frames);
        return frames is not null && format.Index < frames.Length && Volatile.Read(ref frames[format.Index]) is { } frame
            ? frame
            : Encode(format, room);
    }

    /// <summary>Lets the frames go; they are made anew if somebody needs them after all.</summary>
    /// <returns>The bytes that the log had counted for them.</returns>
    internal long ReleaseFrames()
    {
        lock (s_encoding[Sequence & 63])
        {
            var counted = _counted;
            _counted = 0;
            _frames = null;
            return counted;
        }
    }

    private Frame Encode(WireFormat format, string room)
    {
        lock (s_encoding[Sequence & 63])
        {
            if (_frames is not { } frames || format.Index >= frames.Length)
            {
                frames = new Frame?[WireFormat.Count];
                _frames?.CopyTo(frames, 0);
                Volatile.Write(ref _frames, frames);
            }

            if (frames[format.Index] is { } already)
            {
                return already;
            }

            var frame = format.Encode(room, this);
            Volatile.Write(ref frames[format.Index], frame);
            if (_log?.CountFrame(this, frame.Bytes.Length) == true)
            {
                _counted += frame.Bytes.Length;
            }

            return frame;
        }
    }
}
