using System.Diagnostics.CodeAnalysis;

namespace Broadcast.Protocol;

/// <summary>A notice as nodes send it to each other: one byte says which form it is, one which notice, then its fields.</summary>
public static class NoticeBytes
{
    private const byte Form = 1;

    private enum Kind : byte
    {
        Gap = 1,
        SourceStopped = 2,
        SourceFailed = 3,
        Joined = 4,
        Left = 5,
        Node = 6,
    }

    [Flags]
    private enum Has : byte
    {
        Nothing = 0,
        User = 1,
        ConnInfo = 2,
    }

    /// <exception cref="ArgumentException">It is a notice that nodes do not tell each other.</exception>
    public static byte[] Write(Notice notice)
    {
        var output = new FieldWriter(128);
        output.Byte(Form);
        switch (notice)
        {
            case Gap gap:
                output.Byte((byte)Kind.Gap);
                Write(output, gap.From);
                Write(output, gap.To);
                output.Text(gap.Reason);
                break;
            case SourceStopped { Reason: null } ended:
                output.Byte((byte)Kind.SourceStopped);
                output.Text(ended.Source);
                break;
            case SourceStopped { Reason: { } reason } failed:
                output.Byte((byte)Kind.SourceFailed);
                output.Text(failed.Source);
                output.Text(reason);
                break;
            case Joined joined:
                output.Byte((byte)Kind.Joined);
                Write(output, joined.Client, joined.User, joined.ConnInfo);
                break;
            case Left left:
                output.Byte((byte)Kind.Left);
                Write(output, left.Client, left.User, left.ConnInfo);
                break;
            case NodeMessage message:
                output.Byte((byte)Kind.Node);
                output.Bytes(message.Body.Span);
                break;
            default:
                throw new ArgumentException($"Nodes do not tell each other a {notice?.GetType().Name}.", nameof(notice));
        }

        return output.ToArray();
    }

    /// <param name="bytes">Given away: the notice may keep a part of it.</param>
    /// <returns>False if these bytes are none, or of a form or kind this version does not know.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Notice? notice)
    {
        notice = null;
        var input = new FieldReader(bytes);
        if (input.Byte() != Form)
        {
            return false;
        }

        var read = (Kind)input.Byte() switch
        {
            Kind.Gap => new Gap(Position(ref input), Position(ref input), input.Text()),
            Kind.SourceStopped => new SourceStopped(input.Text(), null),
            Kind.SourceFailed => new SourceStopped(input.Text(), input.Text()),
            Kind.Joined => Joined(ref input),
            Kind.Left => Left(ref input),
            Kind.Node => new NodeMessage(input.Rest),
            _ => (Notice?)null,
        };
        notice = input.HasFailed ? null : read;
        return notice is not null;
    }

    private static void Write(FieldWriter output, StreamPosition position)
    {
        output.Text(position.Epoch);
        output.Number(position.Offset);
    }

    private static void Write(FieldWriter output, string client, string? user, ReadOnlyMemory<byte>? connInfo)
    {
        output.Byte((byte)((user is null ? Has.Nothing : Has.User) | (connInfo is null ? Has.Nothing : Has.ConnInfo)));
        output.Text(client);
        if (user is not null)
        {
            output.Text(user);
        }

        if (connInfo is { } info)
        {
            output.Blob(info.Span);
        }
    }

    private static StreamPosition Position(ref FieldReader input) => new(input.Text(), input.Number());

    private static Joined Joined(ref FieldReader input)
    {
        var (client, user, connInfo) = Member(ref input);
        return new Joined(client, user, connInfo);
    }

    private static Left Left(ref FieldReader input)
    {
        var (client, user, connInfo) = Member(ref input);
        return new Left(client, user, connInfo);
    }

    private static (string Client, string? User, ReadOnlyMemory<byte>? ConnInfo) Member(ref FieldReader input)
    {
        var has = (Has)input.Byte();
        return (input.Text(), has.HasFlag(Has.User) ? input.Text() : null, has.HasFlag(Has.ConnInfo) ? input.Blob() : default(ReadOnlyMemory<byte>?));
    }
}
