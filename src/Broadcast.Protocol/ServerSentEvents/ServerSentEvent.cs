using System.Buffers;
using System.Globalization;
using System.Text;

namespace Broadcast.Protocol;

/// <summary>
/// Writes server-sent events (WHATWG HTML, 9.2). Names and data are never read as fields, whatever is in them. Several clients share
/// the bytes of <see cref="WriteEventAndData"/> while their ids differ; hence the id, which comes first, can be written alone.
/// </summary>
internal static class ServerSentEvent
{
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\0\r\n");

    /// <summary>A comment, <c>:</c> and a blank line; keeps a silent stream from being cut.</summary>
    public static ReadOnlyMemory<byte> Comment { get; } = ":\n\n"u8.ToArray();

    /// <summary>One whole event.</summary>
    /// <inheritdoc cref="WriteId" path="/exception"/>
    public static void Write(IBufferWriter<byte> output, string? id, string? @event, ReadOnlySpan<byte> data)
    {
        if (id is not null)
        {
            WriteId(output, id);
        }

        WriteEventAndData(output, @event, data);
    }

    /// <summary>The line that a reconnecting client gives back in <c>Last-Event-ID</c>; to be followed by the rest of an event.</summary>
    /// <exception cref="ArgumentException">The id has a NUL, with which clients ignore it, or a line break.</exception>
    public static void WriteId(IBufferWriter<byte> output, string id)
    {
        if (id.AsSpan().ContainsAny(Forbidden))
        {
            throw new ArgumentException("An event's id has neither NUL nor line breaks.", nameof(id));
        }

        WriteField(output, "id: "u8, id);
    }

    /// <summary>An event without its id, with the blank line that ends it.</summary>
    /// <param name="event">The event's name; what it has of NUL and line breaks is left out. Null or empty for <c>message</c>.</param>
    /// <param name="data">UTF-8. CR, LF and CRLF each end a line; the client sees every one as LF.</param>
    public static void WriteEventAndData(IBufferWriter<byte> output, string? @event, ReadOnlySpan<byte> data)
    {
        var name = Clean(@event);
        if (name.Length > 0)
        {
            WriteField(output, "event: "u8, name);
        }

        int end;
        while ((end = data.IndexOfAny((byte)'\r', (byte)'\n')) >= 0)
        {
            WriteField(output, "data: "u8, data[..end]);
            data = data[(end + (data[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }

        WriteField(output, "data: "u8, data);
        output.Write("\n"u8);
    }

    /// <summary>The line that sets how long the client waits before it reconnects; whole milliseconds. Takes effect without a blank line.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative time.</exception>
    public static void WriteRetry(IBufferWriter<byte> output, TimeSpan retry)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(retry, TimeSpan.Zero);
        WriteField(output, "retry: "u8, ((long)retry.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// What a stream begins with: the time to reconnect, an id to be given back, and the event <c>connection</c>, which reaches only those
    /// who listen for it.
    /// </summary>
    /// <param name="client">What the node calls this client.</param>
    /// <inheritdoc cref="WriteId" path="/exception"/>
    public static void WriteOpening(IBufferWriter<byte> output, TimeSpan retry, string id, string client)
    {
        WriteRetry(output, retry);
        Write(output, id, "connection", Encoding.UTF8.GetBytes($"Connected! You are client {client}"));
    }

    private static string Clean(string? name)
    {
        if (name is null || !name.AsSpan().ContainsAny(Forbidden))
        {
            return name ?? "";
        }

        return string.Concat(name.Where(c => !Forbidden.Contains(c)));
    }

    private static void WriteField(IBufferWriter<byte> output, ReadOnlySpan<byte> field, string value)
    {
        output.Write(field);
        Encoding.UTF8.GetBytes(value, output);
        output.Write("\n"u8);
    }

    private static void WriteField(IBufferWriter<byte> output, ReadOnlySpan<byte> field, ReadOnlySpan<byte> value)
    {
        output.Write(field);
        output.Write(value);
        output.Write("\n"u8);
    }
}
