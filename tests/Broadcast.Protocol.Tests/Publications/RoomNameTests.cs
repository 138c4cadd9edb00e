namespace Broadcast.Protocol.Tests;

public sealed class RoomNameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("news")]
    [InlineData("chat:42/eu#1@x.$y_z-0")]
    public void A_name_of_the_allowed_characters_is_good(string name) => Assert.Null(RoomName.Refusal(name));

    [Fact]
    public void A_name_has_at_most_255_characters()
    {
        Assert.Null(RoomName.Refusal(new string('a', 255)));
        Assert.Equal("A room's name has at most 255 characters; this one has 256.", RoomName.Refusal(new string('a', 256)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_room_without_a_name_is_refused(string? name) => Assert.Equal("A room needs a name.", RoomName.Refusal(name));

    [Theory]
    [InlineData("a b", "U+0020")]
    [InlineData("a\n", "U+000A")]
    [InlineData("a\0", "U+0000")]
    [InlineData("é", "U+00E9")]
    [InlineData("٣", "U+0663")]
    [InlineData("a?b", "'?'")]
    [InlineData("<b>", "'<'")]
    [InlineData("a%2Fb", "'%'")]
    public void The_refusal_names_the_character_that_is_wrong(string name, string character) =>
        Assert.Equal($"A room's name is made of A-Z a-z 0-9 _ . : / # @ $ -; {character} is none of them.", RoomName.Refusal(name));
}
