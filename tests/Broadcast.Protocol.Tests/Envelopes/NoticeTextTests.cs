namespace Broadcast.Protocol.Tests;

public sealed class NoticeTextTests
{
    private static readonly Gap Missing = new(new("h7Kq2x", 44), new("h7Kq2x", 60), GapReason.Behind);

    [Fact]
    public void A_bare_socket_is_told_what_it_misses() => Assert.Equal("gap 44.h7Kq2x to 60.h7Kq2x: behind", NoticeText.Reason(Missing));

    [Fact]
    public void A_bare_socket_is_told_that_a_source_stopped_and_why()
    {
        Assert.Equal("source machine ended", NoticeText.Reason(new SourceStopped("machine", null)));
        Assert.Equal("source machine failed: no such file", NoticeText.Reason(new SourceStopped("machine", "no such file")));
    }

    [Fact]
    public void A_bare_socket_goes_on_without_joins_and_leaves()
    {
        Assert.Null(NoticeText.Reason(new Joined("c", null)));
        Assert.Null(NoticeText.Reason(new Left("c", "u")));
    }
}
