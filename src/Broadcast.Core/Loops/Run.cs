namespace Broadcast.Core;

/// <summary>
/// The bytes of a room from one sequence to another in one wire format and view, put together once and shared by every cursor at that place. Lives
/// in a buffer of its event loop, which is used again; touched by that loop only.
/// </summary>
internal sealed class Run
{
    /// <summary>What goes into one run; a single larger frame is a run of its own.</summary>
    private const int MaxBytes = 256 << 10;

    private readonly List<(LogEntry Entry, Frame Frame)> _frames = [];
    private Room? _room;
    private WireFormat? _format;
    private View? _view;
    private byte[] _buffer = [];
    private long _limit;

    public long From { get; private set; }

    /// <summary>Exclusive.</summary>
    public long To { get; private set; }

    /// <summary>Of the last entry.</summary>
    public StreamPosition Position { get; private set; }

    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>The last of its frames; nothing may follow if it says so.</summary>
    public Frame Last => _frames[^1].Frame;

    public int FrameCount => _frames.Count;

    public bool Is(Room room, WireFormat format, View? view, long from, long limit) =>
        From == from && _limit == limit && _room == room && _format == format && _view == view;

    /// <returns>False if the first entry has left the window, or it is not known yet what the view shows of it.</returns>
    public bool TryBuild(Room room, WireFormat format, View? view, long from, long limit)
    {
        (_room, _format, _view, From, To, _limit) = (room, format, view, from, from, limit);
        _frames.Clear();
        var length = 0;
        var isLast = false;
        while (To < limit && !isLast && room.Log.TryRead(To) is { } entry && entry.FrameFor(format, view, room.Name) is { } frame)
        {
            if (length > 0 && length + frame.Bytes.Length > MaxBytes)
            {
                break;
            }

            _frames.Add((entry, frame));
            length += frame.Bytes.Length;
            Position = entry.Position;
            isLast = frame.IsLast;
            To++;
        }

        Bytes = _frames.Count == 1 ? _frames[0].Frame.Bytes : Join(length);
        return _frames.Count > 0;
    }

    /// <summary>Finds the frame in which a send stopped.</summary>
    /// <param name="sent">Bytes of this run that were taken, less than all; afterwards those of the frame found.</param>
    /// <returns>The frame, and how many it makes with those before it.</returns>
    public (LogEntry Entry, Frame Frame, int Count) Cut(ref int sent)
    {
        for (var i = 0; i < _frames.Count; i++)
        {
            var (entry, frame) = _frames[i];
            if (sent < frame.Bytes.Length)
            {
                return (entry, frame, i + 1);
            }

            sent -= frame.Bytes.Length;
        }

        throw new InvalidOperationException("A send took more than a run has.");
    }

    private ReadOnlyMemory<byte> Join(int length)
    {
        if (_buffer.Length < length)
        {
            _buffer = new byte[Math.Max(length, Math.Min(MaxBytes, _buffer.Length * 2))];
        }

        var at = 0;
        foreach (var (_, frame) in _frames)
        {
            frame.Bytes.Span.CopyTo(_buffer.AsSpan(at));
            at += frame.Bytes.Length;
        }

        return _buffer.AsMemory(0, length);
    }
}
