namespace Broadcast.Protocol.Tests;

public sealed class PublicationLimitsTests
{
    private static readonly string Longest = new('a', 255);
    private static readonly string LongestOfTwoBytes = new('é', 127);

    [Fact]
    public void Nothing_given_and_everything_at_its_limit_are_good()
    {
        var tags = Enumerable.Range(0, 32).ToDictionary(i => $"{i:D255}", _ => Longest);
        var publication = new Publication(default, ContentKind.Json) { Key = Longest, Event = LongestOfTwoBytes, Tags = tags };

        Assert.Null(PublicationLimits.Refusal(null, null, null, null));
        Assert.Null(PublicationLimits.Refusal(publication, Longest));
    }

    [Fact]
    public void Lengths_are_counted_in_bytes()
    {
        Assert.Equal("The key has at most 255 bytes; this one has 256.", PublicationLimits.Refusal(Longest + "a", null, null, null));
        Assert.Equal("The event has at most 255 bytes; this one has 256.", PublicationLimits.Refusal(null, LongestOfTwoBytes + "é", null, null));
        Assert.Equal("The idempotency key has at most 255 bytes; this one has 256.", PublicationLimits.Refusal(null, null, null, Longest + "a"));
    }

    [Theory]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\rb", "U+000D")]
    [InlineData("\0", "U+0000")]
    [InlineData("\u007F", "U+007F")]
    [InlineData("\u0085", "U+0085")]
    [Trait("row", "S4.4")]
    public void Control_characters_are_refused_in_key_event_and_idempotency_key(string value, string character)
    {
        Assert.Equal($"The key has no control characters; this one has {character}.", PublicationLimits.Refusal(value, null, null, null));
        Assert.Equal($"The event has no control characters; this one has {character}.", PublicationLimits.Refusal(null, value, null, null));
        Assert.Equal($"The idempotency key has no control characters; this one has {character}.", PublicationLimits.Refusal(null, null, null, value));
    }

    [Fact]
    public void More_than_32_tags_or_a_longer_one_is_refused()
    {
        var many = Enumerable.Range(0, 33).ToDictionary(i => $"{i}", i => "");

        Assert.Equal("A publication has at most 32 tags; this one has 33.", PublicationLimits.Refusal(null, null, many, null));
        Assert.Equal("A tag's name has at most 255 bytes; this one has 256.", Tag(Longest + "a", ""));
        Assert.Equal("A tag's value has at most 255 bytes; this one has 256.", Tag("a", Longest + "a"));
    }

    [Fact]
    public void An_empty_idempotency_key_is_refused() =>
        Assert.Equal("An idempotency key is not empty.", PublicationLimits.Refusal(null, null, null, ""));

    private static string? Tag(string name, string value) =>
        PublicationLimits.Refusal(null, null, new Dictionary<string, string> { [name] = value }, null);
}
