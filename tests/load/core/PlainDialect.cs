using System.Buffers.Binary;

namespace Broadcast.Load;

/// <summary>As a plain WebSocket: payloads in binary frames, and nothing else is said.</summary>
internal sealed class PlainDialect : Dialect
{
    /// <summary>What a frame has before a payload of 126 to 65,535 bytes.</summary>
    public const int Header = 4;

    public static readonly PlainDialect Instance = new();

    public override string Name => "plain";

    public override WireFormat Format { get; } = new Frames();

    public override ReadOnlyMemory<byte> Heartbeat => default;

    public override bool ExpectsSignsOfLife => false;

    public override bool TellsGapsOfRule => false;

    public override ReadOnlyMemory<byte> Close(Disconnect disconnect) => default;

    public override ReadOnlyMemory<byte> Message(ReadOnlyMemory<byte> data, ContentKind kind) => default;

    private sealed class Frames : WireFormat
    {
        public override Frame Encode(string room, LogEntry entry)
        {
            if (entry.Publication is not { } publication)
            {
                return Frame.Empty;
            }

            var frame = new byte[Header + publication.Data.Length];
            (frame[0], frame[1]) = (0x82, 126);
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)publication.Data.Length);
            publication.Data.Span.CopyTo(frame.AsSpan(Header));
            return new Frame(frame);
        }
    }
}
