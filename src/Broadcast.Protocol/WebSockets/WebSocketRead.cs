namespace Broadcast.Protocol;

/// <summary>What a <see cref="WebSocketReader"/> made of its input.</summary>
internal enum WebSocketRead
{
    /// <summary>All input was taken and nothing is complete.</summary>
    NeedMore,

    /// <summary>A text or binary message, or a control frame, is complete.</summary>
    Message,

    /// <summary>The client broke the protocol or a limit; the connection has to end.</summary>
    Violation,
}
