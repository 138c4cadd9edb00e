namespace Broadcast.Protocol;

/// <summary>What a client can do wrong, as the close frame that answers it.</summary>
internal static class WebSocketViolation
{
    /// <summary>RFC 6455, 5.1: a client masks every frame.</summary>
    public static readonly Disconnect Unmasked = Protocol("frame is not masked");

    /// <summary>RFC 6455, 5.2: reserved bits are zero unless an extension was negotiated; none is.</summary>
    public static readonly Disconnect ReservedBits = Protocol("reserved bits are set");

    /// <summary>RFC 6455, 5.2.</summary>
    public static readonly Disconnect ReservedOpcode = Protocol("reserved opcode");

    /// <summary>RFC 6455, 5.5.</summary>
    public static readonly Disconnect FragmentedControl = Protocol("control frame is fragmented");

    /// <summary>RFC 6455, 5.5.</summary>
    public static readonly Disconnect LongControl = Protocol("control frame is longer than 125 bytes");

    /// <summary>RFC 6455, 5.2: the minimal number of bytes is used to encode the length.</summary>
    public static readonly Disconnect LengthNotMinimal = Protocol("length is not encoded minimally");

    /// <summary>RFC 6455, 5.2: the highest bit of a 64-bit length is zero.</summary>
    public static readonly Disconnect LengthTooLarge = Protocol("length has its highest bit set");

    /// <summary>RFC 6455, 5.4.</summary>
    public static readonly Disconnect NothingToContinue = Protocol("continuation of nothing");

    /// <summary>RFC 6455, 5.4: fragments of two messages are not interleaved.</summary>
    public static readonly Disconnect MessageNotFinished = Protocol("new message inside a fragmented one");

    /// <summary>RFC 6455, 5.5.1: a body begins with a code of two bytes.</summary>
    public static readonly Disconnect HalfCloseCode = Protocol("close code has one byte");

    /// <summary>RFC 6455, 7.4.</summary>
    public static readonly Disconnect BadCloseCode = Protocol("close code must not be sent");

    public static readonly Disconnect TooManyFragments = new(Disconnect.MessageTooBig.Code, "message has too many fragments");

    private static Disconnect Protocol(string reason) => new(Disconnect.ProtocolError.Code, reason);
}
