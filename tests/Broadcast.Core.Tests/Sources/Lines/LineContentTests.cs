using System.Text;

namespace Broadcast.Core.Tests.Sources.Lines;

public sealed class LineContentTests
{
    [Theory]
    [InlineData("{\"a\":[1,2]}", ContentKind.Json)]
    [InlineData(" 12.5 ", ContentKind.Json)]
    [InlineData("null", ContentKind.Json)]
    [InlineData("{\"a\":1", ContentKind.Text)]
    [InlineData("{} {}", ContentKind.Text)]
    [InlineData("hello", ContentKind.Text)]
    public void Where_JSON_is_asked_for_a_line_is_json_if_it_is_one_value_and_else_text(string line, ContentKind kind)
    {
        var publication = LineContent.ToPublication(Encoding.UTF8.GetBytes(line), json: true)!;

        Assert.Equal(kind, publication.Kind);
        Assert.Equal(line, Encoding.UTF8.GetString(publication.Data.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t")]
    public void A_blank_line_is_nothing_where_JSON_is_asked_for_and_text_elsewhere(string line)
    {
        Assert.Null(LineContent.ToPublication(Encoding.UTF8.GetBytes(line), json: true));
        Assert.Equal(ContentKind.Text, LineContent.ToPublication(Encoding.UTF8.GetBytes(line), json: false)!.Kind);
    }

    [Fact]
    public void JSON_that_nobody_asked_for_is_text() =>
        Assert.Equal(ContentKind.Text, LineContent.ToPublication("{}"u8, json: false)!.Kind);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bytes_that_are_not_UTF_8_are_binary_even_within_a_JSON_string(bool json)
    {
        var publication = LineContent.ToPublication([(byte)'"', 0xC3, 0x28, (byte)'"'], json)!;

        Assert.Equal(ContentKind.Binary, publication.Kind);
        Assert.Equal(4, publication.Data.Length);
    }
}
