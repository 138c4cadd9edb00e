using System.Buffers;

namespace Broadcast.Gateway;

/// <summary>Sends what is written as one text frame.</summary>
internal static class CentrifugeReplies
{
    /// <summary>On the loop.</summary>
    public static void Reply(this Connection connection, Action<ArrayBufferWriter<byte>> write) => connection.Reply(Frame(write));

    /// <summary>Any thread; ends when the loop took it over.</summary>
    public static Task PostReply(this Connection connection, Action<ArrayBufferWriter<byte>> write) => connection.PostReply(Frame(write));

    public static byte[] Frame(Action<ArrayBufferWriter<byte>> write)
    {
        var text = new ArrayBufferWriter<byte>();
        write(text);
        return CentrifugeFormat.InFrame(text);
    }
}
