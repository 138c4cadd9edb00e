using System.Diagnostics.CodeAnalysis;

namespace Broadcast.Actors;

/// <summary>A publication on its way between nodes, as an object and as bytes; the bytes are made once, and only if it leaves this node. Any thread.</summary>
internal sealed class Payload(Publication publication)
{
    private byte[]? _bytes;

    public Publication Publication => publication;

    public byte[] Bytes => _bytes ??= PublicationBytes.Write(publication);

    /// <summary>What it is counted with against bounds of what is sent.</summary>
    public int Cost => publication.Cost;

    /// <param name="bytes">Given away.</param>
    /// <returns>False if these bytes are none, or of a form this version does not know.</returns>
    public static bool TryRead(byte[] bytes, [NotNullWhen(true)] out Payload? payload)
    {
        payload = PublicationBytes.TryRead(bytes, out var publication) ? new Payload(publication) { _bytes = bytes } : null;
        return payload is not null;
    }
}
