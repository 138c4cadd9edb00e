using System.Buffers;

namespace Broadcast.Gateway;

/// <summary>WebSocket frames with the pushes of the Centrifuge protocol in JSON. Six exist, shared by all connections.</summary>
internal sealed class CentrifugeFormat : WireFormat
{
    private static readonly CentrifugeFormat[] s_all =
        [.. from gaps in Enum.GetValues<GapsAre>() from joinLeave in new[] { false, true } select new CentrifugeFormat(gaps, joinLeave)];

    /// <summary>Bytes that usually suffice for what stands around a payload.</summary>
    private const int AroundData = 256;

    private readonly GapsAre _gaps;
    private readonly bool _joinLeave;

    private CentrifugeFormat(GapsAre gaps, bool joinLeave) => (_gaps, _joinLeave) = (gaps, joinLeave);

    /// <summary>What becomes of a subscription when publications are missing.</summary>
    private enum GapsAre
    {
        /// <summary>The client has no positions, and is told as on other paths.</summary>
        Told,

        /// <summary>What the client has is no longer whole; it subscribes again with its position, and learns what can be recovered.</summary>
        EndOfSubscription,

        /// <summary>The same, where the server subscribed it: it connects again with its position.</summary>
        EndOfConnection,
    }

    /// <param name="positioned">The client has positions to come back with.</param>
    /// <param name="byServer">The server subscribed the client.</param>
    /// <param name="joinLeave">The client is told who comes and goes.</param>
    public static CentrifugeFormat Of(bool positioned, bool byServer, bool joinLeave)
    {
        var gaps = !positioned ? GapsAre.Told : byServer ? GapsAre.EndOfConnection : GapsAre.EndOfSubscription;
        return s_all[((int)gaps * 2) + (joinLeave ? 1 : 0)];
    }

    public override Frame Encode(string room, LogEntry entry)
    {
        var text = new ArrayBufferWriter<byte>((entry.Publication?.Data.Length ?? 0) + AroundData);
        switch (entry.Notice)
        {
            case null:
                Pushes.WritePublication(text, room, entry.Position, entry.Publication!);
                break;
            case Gap when _gaps == GapsAre.EndOfConnection:
                return new Frame(WebSocketFrame.Close(Disconnect.InsufficientState), Disconnect.InsufficientState);
            case Gap when _gaps == GapsAre.EndOfSubscription:
                Pushes.WriteUnsubscribe(text, room, UnsubscribeReason.InsufficientState);
                return new Frame(InFrame(text), EndsSubscription: true);
            case Joined or Left when !_joinLeave:
                return Frame.Empty;
            default:
                Pushes.WriteNotice(text, room, entry.Notice);
                break;
        }

        return new Frame(InFrame(text));
    }

    public static byte[] InFrame(ArrayBufferWriter<byte> text) => WebSocketFrame.Encode(Opcode.Text, text.WrittenSpan);
}
