using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Broadcast.Actors;

/// <summary>
/// Messages of nodes as bytes. The manifest names the message and the version of its form, so that nodes of two versions can share a cluster: what
/// a node does not know it drops, and says so in its log. Bound in <c>hocon/node.conf</c>. Any thread.
/// </summary>
public sealed class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string PublishForm = "publish.1", PublishedForm = "published.1", RefusedForm = "refused.1", NotifyForm = "notify.1", NotifiedForm = "notified.1",
        ListenForm = "listen.1", ListeningForm = "listening.1", HeardForm = "heard.1", ReadForm = "read.1", PageForm = "page.1", HandedForm = "handed.1", MovedForm = "moved.1",
        LetterForm = "letter.1", PingForm = "ping.1", PongForm = "pong.1";

    /// <summary>Unique among the serializers of a cluster; those up to 40 are Akka's own.</summary>
    public override int Identifier => 4053;

    public override string Manifest(object o) => o switch
    {
        Publish => PublishForm,
        Published => PublishedForm,
        Refused => RefusedForm,
        Notify => NotifyForm,
        Notified => NotifiedForm,
        Listen => ListenForm,
        Listening => ListeningForm,
        Heard => HeardForm,
        Read => ReadForm,
        Page => PageForm,
        Handed => HandedForm,
        Moved => MovedForm,
        Letter => LetterForm,
        Ping => PingForm,
        Pong => PongForm,
        _ => throw new ArgumentException($"Nodes do not send each other a {o?.GetType().Name}.", nameof(o)),
    };

    public override byte[] ToBinary(object obj)
    {
        var output = new FieldWriter(64 + (obj is Publish { Payload.Bytes.Length: var length } ? length : 0));
        switch (obj)
        {
            case Publish publish:
                output.Text(publish.Room);
                WriteOptional(output, publish.Key);
                output.Blob(publish.Payload.Bytes);
                break;
            case Published published:
                Write(output, published.Position);
                break;
            case Refused refused:
                output.Text(refused.Reason);
                break;
            case Notify notify:
                output.Text(notify.Room);
                output.Blob(NoticeBytes.Write(notify.Notice));
                break;
            case Listen listen:
                output.Text(listen.Room);
                break;
            case Listening listening:
                Write(output, listening.Top);
                break;
            case Heard heard:
                output.Text(heard.Room);
                output.Text(heard.Epoch);
                break;
            case Read read:
                Write(output, read);
                break;
            case Page page:
                Write(output, page);
                break;
            case Handed handed:
                Write(output, handed);
                break;
            case Moved moved:
                output.Text(moved.Room);
                break;
            case Letter letter:
                output.Text(letter.Room);
                output.Blob(NoticeBytes.Write(letter.Notice));
                break;
            case Ping ping:
                output.Number((ulong)ping.Number);
                break;
            case Pong pong:
                output.Number((ulong)pong.Number);
                break;
        }

        return output.ToArray();
    }

    /// <exception cref="SerializationException">These bytes are none, or of a form this version does not know.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        var input = new FieldReader(bytes);
        object? message = manifest switch
        {
            PublishForm => ReadPublish(ref input),
            PublishedForm => new Published(ReadPosition(ref input)),
            RefusedForm => new Refused(input.Text()),
            NotifyForm => input.Text() is var room && ReadNotice(ref input) is { } notice ? new Notify(room, notice) : null,
            NotifiedForm => Notified.Instance,
            ListenForm => new Listen(input.Text()),
            ListeningForm => new Listening(ReadPosition(ref input)),
            HeardForm => new Heard(input.Text(), input.Text()),
            ReadForm => ReadRead(ref input),
            PageForm => ReadPage(ref input),
            HandedForm => ReadHanded(ref input),
            MovedForm => new Moved(input.Text()),
            LetterForm => input.Text() is var to && ReadNotice(ref input) is { } letter ? new Letter(to, letter) : null,
            PingForm => new Ping((long)input.Number()),
            PongForm => new Pong((long)input.Number()),
            _ => throw new SerializationException($"Another node sent a message of the form '{manifest}', which this version does not know."),
        };
        return message is null || input.HasFailed ? throw new SerializationException($"Another node sent a message '{manifest}' that cannot be read.") : message;
    }

    private static void WriteOptional(FieldWriter output, string? text)
    {
        output.Byte(text is null ? (byte)0 : (byte)1);
        if (text is not null)
        {
            output.Text(text);
        }
    }

    private static string? ReadOptional(ref FieldReader input) => input.Byte() == 0 ? null : input.Text();

    private static void Write(FieldWriter output, StreamPosition position)
    {
        output.Text(position.Epoch);
        output.Number(position.Offset);
    }

    private static StreamPosition ReadPosition(ref FieldReader input) => new(input.Text(), input.Number());

    private static Publish? ReadPublish(ref FieldReader input)
    {
        var (room, key) = (input.Text(), ReadOptional(ref input));
        return ReadPayload(ref input) is { } payload ? new Publish(room, payload, key) : null;
    }

    private static void Write(FieldWriter output, Read read)
    {
        output.Text(read.Room);
        output.Byte((byte)((read.Query.Since is null ? 0 : 1) | (read.Query.Reverse ? 2 : 0)));
        output.Number((ulong)read.Query.EffectiveLimit);
        if (read.Query.Since is { } since)
        {
            Write(output, since);
        }
    }

    private static Read ReadRead(ref FieldReader input)
    {
        var (room, has, limit) = (input.Text(), input.Byte(), (int)input.Number());
        return new Read(room, new HistoryQuery((has & 1) == 0 ? null : ReadPosition(ref input), limit, (has & 2) != 0));
    }

    private static void Write(FieldWriter output, Page page)
    {
        Write(output, page.Top);
        output.Byte(page.IsCut ? (byte)1 : (byte)0);
        foreach (var (offset, payload) in page.Items)
        {
            output.Number(offset);
            output.Blob(payload.Bytes);
        }
    }

    private static Page? ReadPage(ref FieldReader input)
    {
        var (top, isCut) = (ReadPosition(ref input), input.Byte() != 0);
        var items = new List<PageItem>();
        while (!input.Rest.IsEmpty && !input.HasFailed)
        {
            var offset = input.Number();
            if (ReadPayload(ref input) is not { } payload)
            {
                return null;
            }

            items.Add(new PageItem(offset, payload));
        }

        return new Page(top, items, isCut);
    }

    /// <summary>A notice has the offset 0, which no publication has.</summary>
    private static void Write(FieldWriter output, Handed handed)
    {
        output.Text(handed.Room);
        output.Text(handed.Epoch);
        output.Number((ulong)handed.Number);
        output.Byte(handed.ByTopic ? (byte)1 : (byte)0);
        foreach (var (offset, payload, notice) in handed.Items)
        {
            output.Number(offset);
            output.Blob(payload?.Bytes ?? NoticeBytes.Write(notice!));
        }
    }

    private static Handed? ReadHanded(ref FieldReader input)
    {
        var (room, epoch, number, byTopic) = (input.Text(), input.Text(), (long)input.Number(), input.Byte() != 0);
        var items = new List<HandedItem>();
        while (!input.Rest.IsEmpty && !input.HasFailed)
        {
            var offset = input.Number();
            var (payload, notice) = offset > 0 ? (ReadPayload(ref input), default(Notice)) : (null, ReadNotice(ref input));
            if (payload is null && notice is null)
            {
                return null;
            }

            items.Add(new HandedItem(offset, payload, notice));
        }

        return new Handed(room, epoch, number, items, byTopic);
    }

    /// <summary>A copy, since a room may keep one publication for long, and must not keep those that came with it.</summary>
    private static Payload? ReadPayload(ref FieldReader input) => Payload.TryRead(input.Blob().ToArray(), out var payload) ? payload : null;

    private static Notice? ReadNotice(ref FieldReader input) => NoticeBytes.TryRead(input.Blob().ToArray(), out var notice) ? notice : null;
}
