using System.Buffers;

namespace Broadcast.Gateway;

/// <summary>WebSocket frames with the pushes of the Centrifuge protocol in JSON. Two exist, shared by all connections.</summary>
internal sealed class CentrifugeFormat : WireFormat
{
    public static readonly CentrifugeFormat Quiet = new(joinLeave: false);
    public static readonly CentrifugeFormat JoinLeave = new(joinLeave: true);

    private readonly bool _joinLeave;

    private CentrifugeFormat(bool joinLeave) => _joinLeave = joinLeave;

    public override Frame Encode(string room, LogEntry entry)
    {
        var text = new ArrayBufferWriter<byte>();
        switch (entry.Notice)
        {
            case null:
                Pushes.WritePublication(text, room, entry.Position, entry.Publication!);
                break;
            case Gap:
                // What such a client has is no longer whole; it subscribes again with its position, and learns what can be recovered.
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
