namespace Broadcast.Core;

/// <summary>
/// The bytes of a room from one sequence to another in one wire format and view, put together once and shared by every cursor at that place. Lives
/// in a buffer of its event loop, which is used again; touched by that loop only. What is meant for an audience has no bytes in it: it is as those see the room who
/// are in none of them.
/// </summary>
internal sealed class Run
{
    /// <summary>What goes into one run; a single larger frame is a run of its own.</summary>
    private const int MaxBytes = 256 << 10;

    private readonly List<(LogEntry Entry, Frame Frame)> _frames = [];
    private readonly List<Audience> _audiences = [];
    private ulong _tags;
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

    /// <summary>Frames that are delivered with it.</summary>
    public int Delivered { get; private set; }

    public bool Is(Room room, WireFormat format, View? view, long from, long limit) =>
        From == from && _limit == limit && _room == room && _format == format && _view == view;

    /// <summary>Whether something in it is meant for this connection, which must then get it entry by entry.</summary>
    public bool HasForSome(Connection connection)
    {
        if (_tags != 0 && (connection.Session.Tags & _tags) != 0)
        {
            return true;
        }

        foreach (var audience in _audiences)
        {
            if (connection.IsIn(audience))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>False if the first entry has left the window, or it is not known yet what the view shows of it.</returns>
    public bool TryBuild(Room room, WireFormat format, View? view, long from, long limit)
    {
        (_room, _format, _view, From, To, _limit) = (room, format, view, from, from, limit);
        _frames.Clear();
        _audiences.Clear();
        (Delivered, _tags) = (0, 0);
        var length = 0;
        var isLast = false;
        while (To < limit && !isLast && room.Log.TryRead(To) is { } entry && FrameOf(entry) is { } frame)
        {
            if (length > 0 && length + frame.Bytes.Length > MaxBytes)
            {
                break;
            }

            _frames.Add((entry, frame));
            length += frame.Bytes.Length;
            Delivered += frame.Bytes.Length > 0 ? 1 : 0;
            Position = entry.Position;
            isLast = frame.IsLast;
            To++;
        }

        Bytes = _frames.Count == 1 ? _frames[0].Frame.Bytes : Join(length);
        return _frames.Count > 0;
    }

    /// <summary>Whether one of its entries has any bytes.</summary>
    public bool Shows(long sequence) => !_frames[(int)(sequence - From)].Frame.Bytes.IsEmpty;

    /// <summary>Finds the frame in which a send stopped.</summary>
    /// <param name="sent">Bytes of this run that were taken, less than all; afterwards those of the frame found.</param>
    /// <returns>The frame, and how many it makes with those before it.</returns>
    public (LogEntry Entry, Frame Frame, int Count) Cut(ref int sent)
    {
        var count = 0;
        foreach (var (entry, frame) in _frames)
        {
            count += frame.Bytes.Length > 0 ? 1 : 0;
            if (sent < frame.Bytes.Length)
            {
                return (entry, frame, count);
            }

            sent -= frame.Bytes.Length;
        }

        throw new InvalidOperationException("A send took more than a run has.");
    }

    /// <returns>Null if it is not known yet what the view shows of it.</returns>
    private Frame? FrameOf(LogEntry entry)
    {
        if (entry.Audience is not { } audience)
        {
            return entry.FrameFor(_format!, _view, _room!.Name);
        }

        Note(audience, _room!.Audiences);
        return Frame.Empty;
    }

    /// <summary>Named audiences are compared all at once.</summary>
    private void Note(Audience audience, Audiences audiences)
    {
        if (audience is { Kind: AudienceKind.Named, Excluded: null })
        {
            _tags |= audiences.TagOf(audience) is >= 0 and var tag ? 1UL << tag : 0;
        }
        else
        {
            _audiences.Add(audience);
        }
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
