using System.Buffers.Binary;

namespace Broadcast.Protocol.Tests;

/// <summary>Writes frames as a client does, and wrongly where a test asks for it. Shares no code with what it tests.</summary>
internal sealed record ClientFrame(Opcode Opcode, byte[] Payload)
{
    public bool Final { get; init; } = true;

    public bool Masked { get; init; } = true;

    public int ReservedBits { get; init; }

    public uint Mask { get; init; } = 0x37FA213D;

    /// <summary>7, 16 or 64; by default what is minimal.</summary>
    public int? LengthBits { get; init; }

    /// <summary>The length the header claims, whatever the payload has.</summary>
    public ulong? ClaimedLength { get; init; }

    public static byte[] All(params ClientFrame[] frames) => [.. frames.SelectMany(f => f.Bytes())];

    public byte[] Bytes()
    {
        var length = ClaimedLength ?? (ulong)Payload.Length;
        var bits = LengthBits ?? (length < 126 ? 7 : length < 65_536 ? 16 : 64);
        var masked = Masked ? 0x80 : 0;
        var bytes = new List<byte> { (byte)((Final ? 0x80 : 0) | (ReservedBits << 4) | (int)Opcode) };
        bytes.Add((byte)(masked | (bits == 7 ? (int)length : bits == 16 ? 126 : 127)));
        var wide = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(wide, length);
        bytes.AddRange(wide[^(bits == 7 ? 0 : bits / 8)..]);
        if (!Masked)
        {
            return [.. bytes, .. Payload];
        }

        var key = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(key, Mask);
        return [.. bytes, .. key, .. Payload.Select((b, i) => (byte)(b ^ key[i % 4]))];
    }
}
