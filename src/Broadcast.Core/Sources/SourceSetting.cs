namespace Broadcast.Core;

/// <summary>Which source feeds which room, as an operator writes it: <c>ROOM=KIND[:ARGUMENT]</c>, e.g. <c>syslog=file:/var/log/syslog</c>.</summary>
/// <param name="Kind">Not checked here; <see cref="BuiltInSources.Create"/> knows the kinds.</param>
/// <param name="Argument">Everything after the first colon of what follows the room, further colons too; null if there is none.</param>
internal sealed record SourceSetting(string Room, string Kind, string? Argument)
{
    /// <exception cref="ArgumentException">It is not written so; the message is one sentence for the operator.</exception>
    public static SourceSetting Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            throw Refused(text, "it has no '='");
        }

        var room = text[..equals];
        if (RoomName.Refusal(room) is { } refusal)
        {
            throw Refused(text, $"{char.ToLowerInvariant(refusal[0])}{refusal[1..].TrimEnd('.')}");
        }

        var source = text[(equals + 1)..];
        var colon = source.IndexOf(':', StringComparison.Ordinal);
        var (kind, argument) = colon < 0 ? (source, null) : (source[..colon], source[(colon + 1)..]);
        return kind.Length > 0 ? new SourceSetting(room, kind, argument) : throw Refused(text, "it names no kind of source");
    }

    public override string ToString() => Argument is null ? $"{Room}={Kind}" : $"{Room}={Kind}:{Argument}";

    private static ArgumentException Refused(string text, string why) =>
        new($"The source setting '{text}' cannot be read: {why}; it is written ROOM=KIND[:ARGUMENT], where KIND is machine, file or stdin.");
}
