using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Broadcast.Protocol;

/// <summary>
/// A publication as backplanes keep it and send it to other nodes. One byte says which form it is, one the kind of its content, one what
/// is there; then key, event, publisher and tags, each string and blob after its length (little-endian, 16 or 32 bits); the payload is the rest.
/// </summary>
public static class PublicationBytes
{
    private const byte Form = 1;
    private const int HeadLength = 3;

    [Flags]
    private enum Has : byte
    {
        Nothing = 0,
        Key = 1,
        Event = 2,
        Info = 4,
        ConnInfo = 8,
        Tags = 16,
    }

    public static byte[] Write(Publication publication)
    {
        ArgumentNullException.ThrowIfNull(publication);
        var has = (publication.Key is null ? Has.Nothing : Has.Key)
            | (publication.Event is null ? Has.Nothing : Has.Event)
            | (publication.Info is null ? Has.Nothing : Has.Info)
            | (publication.Info?.ConnInfo is null ? Has.Nothing : Has.ConnInfo)
            | (publication.Tags is null ? Has.Nothing : Has.Tags);
        var output = new ArrayBufferWriter<byte>(HeadLength + publication.Data.Length + (has == Has.Nothing ? 0 : 256));
        output.Write([Form, (byte)publication.Kind, (byte)has]);
        if (publication.Key is { } key)
        {
            Write(output, key);
        }

        if (publication.Event is { } name)
        {
            Write(output, name);
        }

        if (publication.Info is { } info)
        {
            Write(output, info.Client);
            Write(output, info.User);
            if (info.ConnInfo is { } connInfo)
            {
                BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), connInfo.Length);
                output.Advance(sizeof(int));
                output.Write(connInfo.Span);
            }
        }

        if (publication.Tags is { } tags)
        {
            output.Write([checked((byte)tags.Count)]);
            foreach (var (tag, value) in tags)
            {
                Write(output, tag);
                Write(output, value);
            }
        }

        output.Write(publication.Data.Span);
        return output.WrittenSpan.ToArray();
    }

    /// <param name="bytes">Given away: the publication keeps a part of it.</param>
    /// <returns>False if these bytes are none, or of a form this version does not know.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Publication? publication)
    {
        publication = null;
        if (bytes.Length < HeadLength || bytes.Span[0] != Form || bytes.Span[1] > (byte)ContentKind.Binary)
        {
            return false;
        }

        var (kind, has) = ((ContentKind)bytes.Span[1], (Has)bytes.Span[2]);
        var rest = new Reader(bytes[HeadLength..]);
        var key = has.HasFlag(Has.Key) ? rest.Text() : null;
        var name = has.HasFlag(Has.Event) ? rest.Text() : null;
        var info = has.HasFlag(Has.Info) ? new ClientInfo(rest.Text(), rest.Text(), has.HasFlag(Has.ConnInfo) ? rest.Blob() : default(ReadOnlyMemory<byte>?)) : null;
        var tags = has.HasFlag(Has.Tags) ? rest.Tags() : null;
        if (rest.HasFailed)
        {
            return false;
        }

        publication = new Publication(rest.Rest, kind) { Key = key, Event = name, Info = info, Tags = tags };
        return true;
    }

    private static void Write(ArrayBufferWriter<byte> output, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var span = output.GetSpan(sizeof(ushort) + length);
        BinaryPrimitives.WriteUInt16LittleEndian(span, checked((ushort)length));
        Encoding.UTF8.GetBytes(text, span[sizeof(ushort)..]);
        output.Advance(sizeof(ushort) + length);
    }

    /// <summary>Reads on until something is missing; from then on everything is empty.</summary>
    private struct Reader(ReadOnlyMemory<byte> rest)
    {
        public ReadOnlyMemory<byte> Rest { get; private set; } = rest;

        public bool HasFailed { get; private set; }

        public string Text() => Encoding.UTF8.GetString(Take(Take(sizeof(ushort)) is { Length: > 0 } length ? BinaryPrimitives.ReadUInt16LittleEndian(length.Span) : 0).Span);

        public ReadOnlyMemory<byte> Blob() => Take(Take(sizeof(int)) is { Length: > 0 } length ? BinaryPrimitives.ReadInt32LittleEndian(length.Span) : 0);

        public Dictionary<string, string> Tags()
        {
            var count = Take(1) is { Length: > 0 } one ? one.Span[0] : 0;
            var tags = new Dictionary<string, string>(count, StringComparer.Ordinal);
            for (var i = 0; i < count && !HasFailed; i++)
            {
                tags[Text()] = Text();
            }

            return tags;
        }

        private ReadOnlyMemory<byte> Take(int length)
        {
            HasFailed |= length < 0 || length > Rest.Length;
            if (HasFailed)
            {
                return ReadOnlyMemory<byte>.Empty;
            }

            var taken = Rest[..length];
            Rest = Rest[length..];
            return taken;
        }
    }
}
