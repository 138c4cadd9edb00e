using System.Text;

namespace Broadcast.Testing;

/// <summary>Entries as lines that <see cref="TestFrame"/> reads.</summary>
internal sealed class TestFormat : WireFormat
{
    /// <summary>Says everything.</summary>
    public static readonly TestFormat Full = new(isBare: false);

    /// <summary>Like a plain socket: who joins and leaves is not told, and the other notices end the connection.</summary>
    public static readonly TestFormat Bare = new(isBare: true);

    [ThreadStatic]
    private static int t_encodings;

    private readonly bool _isBare;

    private TestFormat(bool isBare) => _isBare = isBare;

    /// <summary>Calls of <see cref="Encode"/> on this thread.</summary>
    public static int Encodings => t_encodings;

    public override Frame Encode(string room, LogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        t_encodings++;
        if (entry.Publication is { } publication)
        {
            return new Frame(TestFrame.Encode("pub", room, entry.Position, publication.Key ?? "-", Encoding.UTF8.GetString(publication.Data.Span)));
        }

        return entry.Notice switch
        {
            Joined or Left when _isBare => Frame.Empty,
            _ when _isBare => new Frame(TestFrame.Encode("close", Disconnect.NoticeCode), new Disconnect(Disconnect.NoticeCode, "notice")),
            Gap gap => new Frame(TestFrame.Encode("gap", room, gap.From, gap.To, gap.Reason)),
            Joined joined => new Frame(TestFrame.Encode("joined", room, joined.Client)),
            Left left => new Frame(TestFrame.Encode("left", room, left.Client)),
            SourceStopped stopped => new Frame(TestFrame.Encode("source", room, stopped.Source)),
            _ => throw new NotSupportedException($"{entry.Notice}"),
        };
    }
}
