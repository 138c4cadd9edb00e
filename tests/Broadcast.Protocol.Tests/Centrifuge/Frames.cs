using System.Text;

namespace Broadcast.Protocol.Tests;

internal static class Frames
{
    /// <summary>All commands of a frame, and how it ended.</summary>
    public static (List<ClientCommand> Commands, Disconnect? Violation) Read(byte[] frame)
    {
        var reader = new CommandReader(frame);
        var commands = new List<ClientCommand>();
        while (reader.TryRead(out var command))
        {
            commands.Add(command);
        }

        Assert.False(reader.TryRead(out _));
        return (commands, reader.Violation);
    }

    public static (List<ClientCommand> Commands, Disconnect? Violation) Read(string frame) => Read(Encoding.UTF8.GetBytes(frame));

    public static string? Text(ReadOnlyMemory<byte>? data) => data is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;
}
