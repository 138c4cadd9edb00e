using System.Globalization;
using System.Text;

namespace Broadcast.Redis;

/// <summary>
/// What goes over a room's channel. A publication is <c>p</c>, its position, a line break and its bytes, put together by publish.lua; a notice
/// is <c>n</c> and its bytes.
/// </summary>
internal static class Handed
{
    private const byte PublicationMark = (byte)'p', NoticeMark = (byte)'n', End = (byte)'\n', Dot = (byte)'.';

    public static byte[] Of(Notice notice) => [NoticeMark, .. NoticeBytes.Write(notice)];

    /// <summary>Gives a message to its room.</summary>
    /// <returns>False if it is of a form this version does not know.</returns>
    public static bool TryGive(byte[] message, Listening listening)
    {
        var bytes = message.AsMemory();
        if (bytes.Length == 0)
        {
            return false;
        }

        if (bytes.Span[0] == NoticeMark)
        {
            if (!NoticeBytes.TryRead(bytes[1..], out var notice))
            {
                return false;
            }

            listening.Receiver.HandOver(notice);
            return true;
        }

        var end = bytes.Span.IndexOf(End);
        if (bytes.Span[0] != PublicationMark || end < 0 || !TryReadPosition(bytes.Span[1..end], listening.Seen.Epoch, out var position)
            || !PublicationBytes.TryRead(bytes[(end + 1)..], out var publication))
        {
            return false;
        }

        listening.Heard(position);
        listening.Receiver.HandOver(position, publication);
        return true;
    }

    /// <param name="known">The epoch it probably has; so that it is not a new string each time.</param>
    public static bool TryReadPosition(ReadOnlySpan<byte> text, string? known, out StreamPosition position)
    {
        position = default;
        var dot = text.IndexOf(Dot);
        if (dot < 1 || !ulong.TryParse(text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return false;
        }

        var epoch = text[(dot + 1)..];
        position = new StreamPosition(known is not null && Ascii.Equals(epoch, known) ? known : Encoding.ASCII.GetString(epoch), offset);
        return epoch.Length > 0;
    }
}
