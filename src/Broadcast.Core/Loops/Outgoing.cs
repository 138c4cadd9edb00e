using System.Buffers;

namespace Broadcast.Core;

/// <summary>
/// What one connection is sent at once: one piece as it is, or several copied together. Afterwards it tells each subscription what was
/// sent, and finds what is left of the frame in which the client stopped. One per event loop, touched by it only.
/// </summary>
internal sealed class Outgoing(Runs runs)
{
    /// <summary>Beyond it no further piece is taken in; one send of more gains nothing.</summary>
    private const int Enough = 64 << 10;

    private readonly List<Piece> _pieces = [];
    private readonly ArrayBufferWriter<byte> _copied = new(4 << 10);
    private Connection _connection = null!;
    private bool _sealed;
    private bool _isCopied;
    private bool _leavesMore;

    public int Length { get; private set; }

    public bool IsEmpty => _pieces.Count == 0;

    public bool IsFull => _sealed || Length >= Enough;

    /// <summary>Whether its connection may have more to send than this.</summary>
    public bool LeavesMore => IsFull || _leavesMore;

    /// <summary>Valid until the next <see cref="Begin"/>.</summary>
    public ReadOnlyMemory<byte> Bytes => _isCopied ? _copied.WrittenMemory : _pieces[0].Bytes;

    public void Begin(Connection connection)
    {
        _connection = connection;
        _pieces.Clear();
        _copied.ResetWrittenCount();
        (Length, _sealed, _isCopied, _leavesMore) = (0, false, false, false);
    }

    public void Add(ReadOnlyMemory<byte> reply) => Add(new Piece { Bytes = reply }, decoration: 0);

    /// <summary>Adds one entry for one subscription, with what its dialect puts before it.</summary>
    /// <returns>False if it is not known yet what its view shows.</returns>
    public bool TryAdd(Subscription subscription, LogEntry entry)
    {
        var isMeant = entry.Audience is not { } audience || _connection.IsIn(audience);
        var shown = isMeant ? entry.FrameFor(subscription.Format, subscription.View, subscription.Room.Name) : Frame.Empty;
        if (shown is not { } frame)
        {
            return false;
        }

        var decoration = 0;
        subscription.Offered = entry.Position;
        if (_connection.Dialect.Decorates && frame.Bytes.Length > 0)
        {
            CopyTogether();
            var before = _copied.WrittenCount;
            _connection.Dialect.Decorate(_connection, _copied);
            decoration = _copied.WrittenCount - before;
        }

        Add(new Piece { Subscription = subscription, Entry = entry, Frame = frame, Bytes = frame.Bytes, Decoration = decoration }, decoration);
        _sealed |= frame.IsLast;
        _leavesMore = true;
        return true;
    }

    /// <summary>Adds what a live cursor has before it, up to a limit.</summary>
    /// <returns>False if its next entry has left the window, or it is not known yet what its view shows of it.</returns>
    public bool AddRun(Subscription subscription, long limit)
    {
        if (_connection.Dialect.Decorates)
        {
            return AddEntries(subscription, limit);
        }

        if (runs.Get(subscription.Room, subscription.Format, subscription.View, subscription.Cursor, limit) is not { } run)
        {
            return false;
        }

        if (run.HasForSome(_connection))
        {
            return AddEntries(subscription, run.To);
        }

        Add(new Piece { Subscription = subscription, Run = run, Bytes = run.Bytes }, decoration: 0);
        _sealed |= run.Last.IsLast || _pieces.Count >= 8;
        _leavesMore |= run.To < limit;
        return true;
    }

    /// <summary>Tells what was sent.</summary>
    /// <param name="sent">Bytes that the transport took.</param>
    /// <returns>What is left of the frame it stopped in, or all of the next one; empty if everything was taken.</returns>
    public ReadOnlyMemory<byte> Commit(int sent)
    {
        foreach (ref readonly var piece in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pieces))
        {
            var length = piece.Decoration + piece.Bytes.Length;
            if (sent < length)
            {
                return Cut(piece, sent);
            }

            sent -= length;
            Complete(piece);
        }

        return ReadOnlyMemory<byte>.Empty;
    }

    private bool AddEntries(Subscription subscription, long limit)
    {
        for (var at = subscription.Cursor; at < limit && !IsFull; at++)
        {
            if (subscription.Room.Log.TryRead(at) is not { } entry || !TryAdd(subscription, entry))
            {
                return at > subscription.Cursor;
            }
        }

        return true;
    }

    private void Add(in Piece piece, int decoration)
    {
        if (_pieces.Count > 0)
        {
            CopyTogether();
        }

        if (_isCopied)
        {
            _copied.Write(piece.Bytes.Span);
        }

        _pieces.Add(piece);
        Length += decoration + piece.Bytes.Length;
    }

    private void CopyTogether()
    {
        if (_isCopied)
        {
            return;
        }

        _isCopied = true;
        if (_pieces.Count > 0)
        {
            _copied.Write(_pieces[0].Bytes.Span);
        }
    }

    private void Complete(in Piece piece)
    {
        if (piece.Subscription is not { } subscription)
        {
            _connection.ReplySent();
        }
        else if (piece.Run is { } run)
        {
            subscription.Sent(run);
            _connection.Loop.Delivered(run.Delivered);
            EndIf(run.Last, subscription);
        }
        else
        {
            subscription.Room.Receipts?.Sent(subscription, piece.Entry!, shown: piece.Bytes.Length > 0);
            subscription.Sent(piece.Entry!);
            _connection.Loop.Delivered(piece.Bytes.Length > 0 ? 1 : 0);
            EndIf(piece.Frame!, subscription);
        }
    }

    private ReadOnlyMemory<byte> Cut(in Piece piece, int sent)
    {
        if (piece.Run is { } run)
        {
            var (entry, frame, count) = run.Cut(ref sent);
            piece.Subscription!.Room.Receipts?.Sent(piece.Subscription, run, entry.Sequence + 1);
            piece.Subscription.Sent(entry);
            _connection.Loop.Delivered(count);
            EndIf(frame, piece.Subscription);
            return frame.Bytes[sent..];
        }

        // In the client's own part of a decorated frame: that part is copied, it lives in the loop's buffer.
        var rest = sent >= piece.Decoration
            ? piece.Bytes[(sent - piece.Decoration)..]
            : OwnCopy(piece, sent);
        Complete(piece);
        return rest;
    }

    private byte[] OwnCopy(in Piece piece, int sent)
    {
        var at = 0;
        foreach (var other in _pieces)
        {
            if (ReferenceEquals(other.Entry, piece.Entry))
            {
                break;
            }

            at += other.Decoration + other.Bytes.Length;
        }

        return _copied.WrittenSpan.Slice(at + sent, piece.Decoration + piece.Bytes.Length - sent).ToArray();
    }

    private void EndIf(Frame sent, Subscription subscription)
    {
        if (sent.Then is { } then)
        {
            _connection.EndWithFrame(then);
        }
        else if (sent.EndsSubscription)
        {
            _connection.Unsubscribe(subscription.Room.Name);
        }
    }

    private struct Piece
    {
        /// <summary>Null for a reply.</summary>
        public Subscription? Subscription;

        /// <summary>Of a live cursor.</summary>
        public Run? Run;

        /// <summary>Of a cursor elsewhere, or decorated.</summary>
        public LogEntry? Entry;
        public Frame? Frame;
        public ReadOnlyMemory<byte> Bytes;

        /// <summary>Bytes of the client's own before <see cref="Bytes"/>.</summary>
        public int Decoration;
    }
}
