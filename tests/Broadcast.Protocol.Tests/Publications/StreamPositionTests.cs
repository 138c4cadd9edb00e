using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Protocol.Tests;

public sealed class StreamPositionTests
{
    [Fact]
    public void A_position_reads_back_as_it_was_written()
    {
        var epoch = Gen.Elements("abcXYZ019_-".ToCharArray()).NonEmptyListOf().Select(c => string.Concat(c.Take(StreamPosition.MaxEpochLength)));
        var offset = Gen.OneOf(Gen.Choose(0, 1_000).Select(n => (ulong)n), Gen.Constant(ulong.MaxValue));
        var positions = from e in epoch from o in offset select new StreamPosition(e, o);

        Prop.ForAll(positions.ToArbitrary(), position =>
        {
            Assert.True(StreamPosition.TryParse(position.ToString(), out var read));
            Assert.Equal(position, read);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_position_is_written_offset_first() => Assert.Equal("42.h7Kq2x", new StreamPosition("h7Kq2x", 42).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("42")]
    [InlineData("42.")]
    [InlineData(".e")]
    [InlineData("-1.e")]
    [InlineData("+1.e")]
    [InlineData(" 1.e")]
    [InlineData("1 .e")]
    [InlineData("1,0.e")]
    [InlineData("0x1.e")]
    [InlineData("٣.e")]
    [InlineData("18446744073709551616.e")]
    [InlineData("1.e.f")]
    [InlineData("1.e\n")]
    [InlineData("1.é")]
    [InlineData("1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("start")]
    public void What_is_not_a_position_is_not_read_as_one(string? text)
    {
        Assert.False(StreamPosition.TryParse(text, out var position));
        Assert.Equal(default, position);
    }
}
