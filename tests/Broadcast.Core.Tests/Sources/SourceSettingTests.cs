namespace Broadcast.Core.Tests.Sources;

public sealed class SourceSettingTests
{
    [Theory]
    [InlineData("stats=machine", "stats", "machine", null)]
    [InlineData("stats=machine:5", "stats", "machine", "5")]
    [InlineData("logs:sys/1=file:/var/log/a=b:c", "logs:sys/1", "file", "/var/log/a=b:c")]
    [InlineData("in=stdin:", "in", "stdin", "")]
    public void A_setting_is_a_room_a_kind_and_an_argument(string text, string room, string kind, string? argument)
    {
        var setting = SourceSetting.Parse(text);

        Assert.Equal(new SourceSetting(room, kind, argument), setting);
        Assert.Equal(text, setting.ToString());
    }

    [Theory]
    [InlineData("machine", "it has no '='")]
    [InlineData("", "it has no '='")]
    [InlineData("=machine", "a room needs a name")]
    [InlineData("a room=machine", "a room's name is made of A-Z a-z 0-9 _ . : / # @ $ -; U+0020 is none of them")]
    [InlineData("room=", "it names no kind of source")]
    [InlineData("room=:x", "it names no kind of source")]
    public void A_setting_that_is_not_written_so_is_refused_with_one_sentence(string text, string why) => Assert.Equal(
        $"The source setting '{text}' cannot be read: {why}; it is written ROOM=KIND[:ARGUMENT], where KIND is machine, file or stdin.",
        Assert.Throws<ArgumentException>(() => SourceSetting.Parse(text)).Message);
}
