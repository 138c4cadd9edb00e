using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Broadcast.Protocol;

/// <summary>
/// A publication as backplanes keep it and send it to other nodes. One byte says which form it is, one the kind of its content, one what
/// is there; then key, event, publisher and tags; the payload is the rest. What is meant for an audience has a form of its own, in which the audience stands before
/// all that: whoever does not know it must not take it for a publication to everybody.
/// </summary>
public static class PublicationBytes
{
    private const byte Form = 1;
    private const byte FormForSome = 2;
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

        /// <summary>Nothing stands for it; who does not know it counts nothing.</summary>
        Receipt = 64,
    }

    public static byte[] Write(Publication publication)
    {
        ArgumentNullException.ThrowIfNull(publication);
        var has = (publication.Key is null ? Has.Nothing : Has.Key)
            | (publication.Event is null ? Has.Nothing : Has.Event)
            | (publication.Info is null ? Has.Nothing : Has.Info)
            | (publication.Info?.ConnInfo is null ? Has.Nothing : Has.ConnInfo)
            | (publication.Tags is null ? Has.Nothing : Has.Tags)
            | (publication.WantsReceipt ? Has.Receipt : Has.Nothing);
        var audience = publication.Audience?.Json ?? default;
        var output = new FieldWriter(HeadLength + audience.Length + publication.Data.Length + ((has & ~Has.Receipt) == Has.Nothing ? 0 : 256));
        output.Bytes([audience.IsEmpty ? Form : FormForSome, (byte)publication.Kind, (byte)has]);
        if (!audience.IsEmpty)
        {
            output.Blob(audience.Span);
        }

        if (publication.Key is { } key)
        {
            output.Text(key);
        }

        if (publication.Event is { } name)
        {
            output.Text(name);
        }

        if (publication.Info is { } info)
        {
            output.Text(info.Client);
            output.Text(info.User);
            if (info.ConnInfo is { } connInfo)
            {
                output.Blob(connInfo.Span);
            }
        }

        if (publication.Tags is { } tags)
        {
            output.Byte(checked((byte)tags.Count));
            foreach (var (tag, value) in tags)
            {
                output.Text(tag);
                output.Text(value);
            }
        }

        output.Bytes(publication.Data.Span);
        return output.ToArray();
    }

    /// <param name="bytes">Given away: the publication keeps a part of it.</param>
    /// <returns>False if these bytes are none, or of a form this version does not know.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Publication? publication)
    {
        publication = null;
        if (bytes.Length < HeadLength || bytes.Span[0] is not (Form or FormForSome) || bytes.Span[1] > (byte)ContentKind.Binary)
        {
            return false;
        }

        var (kind, has) = ((ContentKind)bytes.Span[1], (Has)bytes.Span[2]);
        var rest = new FieldReader(bytes[HeadLength..]);
        Audience? audience = null;
        if (bytes.Span[0] == FormForSome && !TryReadAudience(ref rest, out audience))
        {
            return false;
        }

        var key = has.HasFlag(Has.Key) ? rest.Text() : null;
        var name = has.HasFlag(Has.Event) ? rest.Text() : null;
        var info = has.HasFlag(Has.Info) ? new ClientInfo(rest.Text(), rest.Text(), has.HasFlag(Has.ConnInfo) ? rest.Blob() : default(ReadOnlyMemory<byte>?)) : null;
        var tags = has.HasFlag(Has.Tags) ? Tags(ref rest) : null;
        if (rest.HasFailed)
        {
            return false;
        }

        publication = new Publication(rest.Rest, kind)
        {
            Key = key,
            Event = name,
            Info = info,
            Tags = tags,
            Audience = audience,
            WantsReceipt = has.HasFlag(Has.Receipt),
        };
        return true;
    }

    private static bool TryReadAudience(ref FieldReader rest, [NotNullWhen(true)] out Audience? audience)
    {
        var json = rest.Blob();
        audience = null;
        if (rest.HasFailed)
        {
            return false;
        }

        try
        {
            audience = JsonSerializer.Deserialize(json.Span, AudienceJsonContext.Default.Audience);
        }
        catch (JsonException)
        {
            // Only a newer version knows it. The place is kept, else the room would wait for it; and nobody is shown it.
        }

        audience ??= Audience.Nobody;
        return true;
    }

    private static Dictionary<string, string> Tags(ref FieldReader rest)
    {
        var count = rest.Byte();
        var tags = new Dictionary<string, string>(count, StringComparer.Ordinal);
        for (var i = 0; i < count && !rest.HasFailed; i++)
        {
            tags[rest.Text()] = rest.Text();
        }

        return tags;
    }
}
