using System.Diagnostics.CodeAnalysis;

namespace Broadcast.Actors;

/// <summary>A publication on its way between nodes, as an object and as bytes; the bytes are made once, and only if it leaves this node. Any thread.</summary>
internal sealed class Payload(Publication publication)
{
    /// <summary>Bytes of UTF-8 for a character, at most.</summary>
    private const int MaxPerChar = 3;

    private byte[]? _bytes;

    public Publication Publication => publication;

    public byte[] Bytes => _bytes ??= PublicationBytes.Write(publication);

    /// <summary>Bytes it has at most on its way, found without making them; what it is counted with against bounds of what is sent.</summary>
    public int Size => publication.Data.Length + 64 + (MaxPerChar * CharsOf(publication)) + (publication.Info?.ConnInfo?.Length ?? 0) + ((publication.Tags?.Count ?? 0) * 4)
        + (publication.Audience is { } audience ? audience.Json.Length + 4 : 0);

    /// <param name="bytes">Given away.</param>
    /// <returns>False if these bytes are none, or of a form this version does not know.</returns>
    public static bool TryRead(byte[] bytes, [NotNullWhen(true)] out Payload? payload)
    {
        payload = PublicationBytes.TryRead(bytes, out var publication) ? new Payload(publication) { _bytes = bytes } : null;
        return payload is not null;
    }

    private static int CharsOf(Publication publication) => (publication.Key?.Length ?? 0) + (publication.Event?.Length ?? 0)
        + (publication.Info is { } info ? info.Client.Length + info.User.Length : 0) + (publication.Tags?.Sum(t => t.Key.Length + t.Value.Length) ?? 0);
}
