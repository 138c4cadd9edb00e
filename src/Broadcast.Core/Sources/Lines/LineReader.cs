namespace Broadcast.Core;

/// <summary>
/// Cuts a stream of bytes into lines within a buffer that never grows. Touched by the source that reads. A line ends with LF or CRLF;
/// one of more than <paramref name="maxLineBytes"/> bytes, its ending not counted, is left out whole and its first byte's position reported.
/// </summary>
internal sealed class LineReader(int maxLineBytes, Action<long> tooLong)
{
    /// <summary>A byte order mark before a line and a CRLF behind it.</summary>
    private const int Around = 5;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly byte[] _buffer = new byte[maxLineBytes + Around];
    private int _start;
    private int _scanned;
    private int _end;
    private long _dropped;
    private bool _skipping;

    /// <summary>Where the line begins that has not been taken yet, in bytes from the beginning of the input.</summary>
    public long Position { get; private set; }

    /// <summary>Where the next bytes go; never empty after <see cref="TryTake"/> returned false.</summary>
    public Memory<byte> Free
    {
        get
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _scanned, _end) = (0, _scanned - _start, _end - _start);
            }

            return _buffer.AsMemory(_end);
        }
    }

    /// <summary>Forgets what it holds; the next byte is the one at <paramref name="position"/>.</summary>
    /// <param name="insideLine">What comes before the first line ending is the rest of a line nobody wants.</param>
    public void Restart(long position, bool insideLine = false)
    {
        (_start, _scanned, _end, _dropped) = (0, 0, 0, 0);
        Position = position;
        _skipping = insideLine;
    }

    /// <summary>That many bytes were written to <see cref="Free"/>.</summary>
    public void Filled(int count) => _end += count;

    /// <param name="line">Without its ending; valid until the next call of any member.</param>
    public bool TryTake(out ReadOnlyMemory<byte> line)
    {
        while (true)
        {
            var found = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
            if (found < 0)
            {
                _scanned = _end;
                DropIfTooLong();
                line = default;
                return false;
            }

            if (Take(_scanned + found, 1, out line))
            {
                return true;
            }
        }
    }

    /// <summary>Takes what follows the last line ending: the input is over, so nothing will end it.</summary>
    public bool TryTakeRest(out ReadOnlyMemory<byte> line)
    {
        line = default;
        return _end > _start && Take(_end, 0, out line);
    }

    private bool Take(int end, int ending, out ReadOnlyMemory<byte> line)
    {
        var (position, skipping) = (Position, _skipping);
        line = _buffer.AsMemory(_start, end - _start);
        Position += _dropped + line.Length + ending;
        (_start, _scanned, _dropped, _skipping) = (end + ending, end + ending, 0, false);
        if (skipping)
        {
            return false;
        }

        if (position == 0 && line.Span.StartsWith(ByteOrderMark))
        {
            line = line[ByteOrderMark.Length..];
        }

        if (line.Span is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        if (line.Length > maxLineBytes)
        {
            tooLong(position);
            return false;
        }

        return true;
    }

    private void DropIfTooLong()
    {
        if (_end - _start < _buffer.Length)
        {
            return;
        }

        if (!_skipping)
        {
            tooLong(Position);
            _skipping = true;
        }

        _dropped += _end - _start;
        (_start, _scanned, _end) = (0, 0, 0);
    }
}
