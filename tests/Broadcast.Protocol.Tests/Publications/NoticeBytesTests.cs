namespace Broadcast.Protocol.Tests.Publications;

public sealed class NoticeBytesTests
{
    private static readonly byte[] s_info = "{\"a\":\"ü\"}"u8.ToArray();

    public static TheoryData<Notice> Notices =>
    [
        new Gap(new StreamPosition("old", 7), new StreamPosition("new", ulong.MaxValue), GapReason.Epoch),
        new SourceStopped("machine", null),
        new SourceStopped("machine", "no \"such\" device: é\u0001"),
        new Joined("client", null),
        new Joined("client", "", ReadOnlyMemory<byte>.Empty),
        new Joined("client", "üser", s_info),
        new Left("client", null, s_info),
        new Left("", "user"),
        new NodeMessage(s_info),
    ];

    [Theory]
    [MemberData(nameof(Notices), DisableDiscoveryEnumeration = true)]
    public void A_notice_comes_back_as_it_was(Notice expected)
    {
        Assert.True(NoticeBytes.TryRead(NoticeBytes.Write(expected), out var actual));
        Assert.Equal(Comparable(expected), Comparable(actual));
    }

    [Theory]
    [MemberData(nameof(Notices), DisableDiscoveryEnumeration = true)]
    public void What_is_cut_off_is_not_read(Notice notice)
    {
        var whole = NoticeBytes.Write(notice);
        var shortest = notice is NodeMessage ? 2 : whole.Length;

        for (var length = 0; length < shortest; length++)
        {
            Assert.False(NoticeBytes.TryRead(whole.AsMemory(0, length), out _), $"{length} of {whole.Length} bytes");
        }
    }

    [Fact]
    public void What_a_newer_node_tells_is_not_read()
    {
        var whole = NoticeBytes.Write(new SourceStopped("machine", null));

        Assert.False(NoticeBytes.TryRead(new byte[] { 9, whole[1] }.Concat(whole.Skip(2)).ToArray(), out _));
        Assert.False(NoticeBytes.TryRead(new byte[] { whole[0], 99 }.Concat(whole.Skip(2)).ToArray(), out _));
    }

    /// <summary>Memory is compared by what it is a part of; text by what it says.</summary>
    private static string Comparable(Notice notice)
    {
        var bytes = notice switch
        {
            Joined { ConnInfo: { } info } => info,
            Left { ConnInfo: { } info } => info,
            NodeMessage { Body: var body } => body,
            _ => default(ReadOnlyMemory<byte>?),
        };
        var rest = notice switch
        {
            Joined joined => joined with { ConnInfo = null },
            Left left => left with { ConnInfo = null },
            NodeMessage => new NodeMessage(default),
            _ => notice,
        };
        return $"{rest} {(bytes is { } b ? Convert.ToHexString(b.Span) : "none")}";
    }
}
