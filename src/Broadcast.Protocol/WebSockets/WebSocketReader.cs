using System.Buffers.Binary;
using System.Text;

namespace Broadcast.Protocol;

/// <summary>
/// Reads what a client sends, strictly (RFC 6455) and wherever it was cut. Has one caller at a time. Call <see cref="Read"/> with
/// what is left of the input until it needs more: only then is the memory of the last message given back.
/// </summary>
/// <param name="maxMessageBytes">A longer message is refused as soon as a frame's header tells; counted over all its fragments.</param>
/// <param name="maxFragments">A message in more frames is refused, so that empty ones cannot go on for ever.</param>
internal sealed class WebSocketReader(int maxMessageBytes, int maxFragments) : IDisposable
{
    // Memory is held only while a message is in progress or delivered: an idle connection has none.
    private PooledBytes _message;
    private PooledBytes _control;

    private Step _step;
    private Opcode _frame;
    private bool _isFinal;
    private long _left;
    private int _headerLeft;
    private uint _mask;

    private Opcode _messageOpcode;
    private int _fragments;
    private int _wholeCharacters;

    private bool _isDelivered;
    private bool _isDisposed;

    /// <summary>The parts of a frame, in their order.</summary>
    private enum Step
    {
        Flags,
        Length,
        Length16,
        Length64,
        Mask,
        Payload,
    }

    /// <summary>Of the last <see cref="WebSocketRead.Message"/>; never <see cref="Opcode.Continuation"/> then.</summary>
    public Opcode Opcode { get; private set; }

    /// <summary>The last message, unmasked; text is valid UTF-8. Valid until the next call.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>The client's code and reason once it closed; code 1005 if it gave none (RFC 6455, 7.1.5).</summary>
    public Disconnect? Close { get; private set; }

    /// <summary>How to end the connection, once the client did what it must not.</summary>
    public Disconnect? Violation { get; private set; }

    /// <summary>The bytes of memory that are held.</summary>
    internal int Held => _message.Capacity + _control.Capacity;

    /// <summary>Reads up to the end of the next message. After a close or a violation the answer stays, and input is passed over.</summary>
    /// <param name="consumed">How much of <paramref name="input"/> was taken; all of it unless something is complete or wrong.</param>
    public WebSocketRead Read(ReadOnlySpan<byte> input, out int consumed)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        TakeBackDelivered();
        consumed = 0;
        if (Violation is not null || Close is not null)
        {
            consumed = input.Length;
            return Violation is null ? WebSocketRead.Message : WebSocketRead.Violation;
        }

        while (true)
        {
            if (_step != Step.Payload)
            {
                if (consumed == input.Length)
                {
                    return WebSocketRead.NeedMore;
                }

                if (TakeHeader(input[consumed++]) is { } wrong)
                {
                    return End(wrong);
                }

                continue;
            }

            var part = input.Slice(consumed, (int)Math.Min(_left, input.Length - consumed));
            consumed += part.Length;
            if (TakePayload(part) is { } violation)
            {
                return End(violation);
            }

            if (_left > 0)
            {
                return WebSocketRead.NeedMore;
            }

            _step = Step.Flags;
            if (IsControl(_frame))
            {
                return EndControl();
            }

            if (_isFinal)
            {
                return EndMessage();
            }
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        Clear();
    }

    private static bool IsControl(Opcode opcode) => opcode >= Opcode.Close;

    /// <summary>RFC 6455, 7.4.1 and 7.4.2, and the codes registered since (1012–1014).</summary>
    private static bool MayBeSent(ushort closeCode) => closeCode is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    /// <summary>Takes one byte of a header, so that it does not matter where headers are cut.</summary>
    private Disconnect? TakeHeader(byte value) => _step switch
    {
        Step.Flags => TakeFlags(value),
        Step.Length => TakeLength(value),
        Step.Length16 => TakeLength16(value),
        Step.Length64 => TakeLength64(value),
        _ => TakeMask(value),
    };

    private Disconnect? TakeFlags(byte value)
    {
        if ((value & 0x70) != 0)
        {
            return WebSocketViolation.ReservedBits;
        }

        _isFinal = (value & 0x80) != 0;
        _frame = (Opcode)(value & 0x0F);
        _step = Step.Length;
        switch (_frame)
        {
            case Opcode.Continuation:
                return _fragments == 0 ? WebSocketViolation.NothingToContinue : CountFragment();
            case Opcode.Text or Opcode.Binary:
                _messageOpcode = _frame;
                return _fragments > 0 ? WebSocketViolation.MessageNotFinished : CountFragment();
            case Opcode.Close or Opcode.Ping or Opcode.Pong:
                return _isFinal ? null : WebSocketViolation.FragmentedControl;
            default:
                return WebSocketViolation.ReservedOpcode;
        }
    }

    private Disconnect? CountFragment() => ++_fragments > maxFragments ? WebSocketViolation.TooManyFragments : null;

    private Disconnect? TakeLength(byte value)
    {
        if ((value & 0x80) == 0)
        {
            return WebSocketViolation.Unmasked;
        }

        var length = value & 0x7F;
        if (IsControl(_frame) && length > WebSocketFrame.MaxControlPayload)
        {
            return WebSocketViolation.LongControl;
        }

        switch (length)
        {
            case 126:
                (_step, _headerLeft, _left) = (Step.Length16, 2, 0);
                return null;
            case 127:
                (_step, _headerLeft, _left) = (Step.Length64, 8, 0);
                return null;
            default:
                _left = length;
                return EndLength();
        }
    }

    private Disconnect? TakeLength16(byte value)
    {
        _left = (_left << 8) | value;
        if (--_headerLeft > 0)
        {
            return null;
        }

        return _left <= 125 ? WebSocketViolation.LengthNotMinimal : EndLength();
    }

    private Disconnect? TakeLength64(byte value)
    {
        _left = (_left << 8) | value;
        if (_headerLeft == 8 && value >= 0x80)
        {
            return WebSocketViolation.LengthTooLarge;
        }

        if (--_headerLeft > 0)
        {
            return null;
        }

        return _left <= ushort.MaxValue ? WebSocketViolation.LengthNotMinimal : EndLength();
    }

    private Disconnect? EndLength()
    {
        if (!IsControl(_frame) && _left > maxMessageBytes - _message.Length)
        {
            return Disconnect.MessageTooBig;
        }

        (_step, _headerLeft) = (Step.Mask, 4);
        return null;
    }

    private Disconnect? TakeMask(byte value)
    {
        _mask = (_mask << 8) | value;
        if (--_headerLeft == 0)
        {
            _step = Step.Payload;
        }

        return null;
    }

    private Disconnect? TakePayload(ReadOnlySpan<byte> part)
    {
        _left -= part.Length;
        if (IsControl(_frame))
        {
            _mask = WebSocketMask.Apply(part, _control.Add(part.Length), _mask);
            return null;
        }

        _mask = WebSocketMask.Apply(part, _message.Add(part.Length), _mask);
        return _messageOpcode == Opcode.Text ? CheckText() : null;
    }

    /// <summary>Checks what was not checked before, so that a long text in small pieces is not read again and again.</summary>
    private Disconnect? CheckText()
    {
        var more = Utf8Text.WholeCharacters(_message.Memory.Span[_wholeCharacters..]);
        _wholeCharacters += Math.Max(more, 0);
        return more < 0 ? Disconnect.InvalidUtf8 : null;
    }

    private WebSocketRead EndMessage()
    {
        // RFC 6455, 8.1: a character may be cut between fragments, but not by the end of the message.
        if (_messageOpcode == Opcode.Text && _wholeCharacters < _message.Length)
        {
            return End(Disconnect.InvalidUtf8);
        }

        (_fragments, _wholeCharacters) = (0, 0);
        return Deliver(_messageOpcode, _message.Memory);
    }

    private WebSocketRead EndControl()
    {
        if (_frame == Opcode.Close && ReadClose(_control.Memory.Span) is { } violation)
        {
            return End(violation);
        }

        return Deliver(_frame, _control.Memory);
    }

    private Disconnect? ReadClose(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            Close = new Disconnect(1005, "");
            return null;
        }

        if (body.Length == 1)
        {
            return WebSocketViolation.HalfCloseCode;
        }

        var code = BinaryPrimitives.ReadUInt16BigEndian(body);
        var reason = body[2..];
        if (!MayBeSent(code))
        {
            return WebSocketViolation.BadCloseCode;
        }

        if (Utf8Text.WholeCharacters(reason) != reason.Length)
        {
            return Disconnect.InvalidUtf8;
        }

        Close = new Disconnect(code, Encoding.UTF8.GetString(reason));
        return null;
    }

    private WebSocketRead Deliver(Opcode opcode, ReadOnlyMemory<byte> payload)
    {
        (Opcode, Payload, _isDelivered) = (opcode, payload, true);
        return WebSocketRead.Message;
    }

    /// <summary>A control frame between fragments must leave the message alone, so only the one that was delivered is taken back.</summary>
    private void TakeBackDelivered()
    {
        if (!_isDelivered)
        {
            return;
        }

        (_isDelivered, Payload) = (false, default);
        if (Close is not null)
        {
            Clear();
        }
        else if (IsControl(Opcode))
        {
            _control.Clear();
        }
        else
        {
            _message.Clear();
        }
    }

    private WebSocketRead End(Disconnect violation)
    {
        Violation = violation;
        Clear();
        return WebSocketRead.Violation;
    }

    private void Clear()
    {
        Payload = default;
        _message.Clear();
        _control.Clear();
    }
}
