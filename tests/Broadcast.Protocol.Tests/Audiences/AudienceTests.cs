using System.Text;
using System.Text.Json;

namespace Broadcast.Protocol.Tests.Audiences;

public sealed class AudienceTests
{
    public static TheoryData<string> Forms => new(
        """{"nobody":true}""",
        """{"signed_in":true}""",
        """{"connection":"c-1"}""",
        """{"user":"ann"}""",
        """{"users":["ann","bob"]}""",
        """{"role":"admin"}""",
        """{"attribute":{"name":"plan","value":"premium"}}""",
        """{"attribute":{"name":"level","value":3.5}}""",
        """{"attribute":{"name":"beta","value":true}}""",
        """{"attribute":{"name":"tags","value":["a","b"]}}""",
        """{"named":"premium-or-admin"}""",
        """{"within":{"latitude":-52.5,"longitude":179.75,"metres":10000}}""",
        """{"except":"c-1"}""",
        """{"role":"admin","except":"c-1"}""");

    public static TheoryData<string, string> Refused => new()
    {
        { "[]", "An audience is an object with one of" },
        { "{}", "An audience is an object with one of" },
        { """{"usr":"ann"}""", "An audience is an object with one of" },
        { """{"user":"ann","role":"admin"}""", "An audience is an object with one of" },
        { """{"except":"a","except":"b"}""", "An audience is an object with one of" },
        { """{"nobody":false}""", "An audience is an object with one of" },
        { """{"user":7}""", "\"user\" of an audience is a string." },
        { """{"user":""}""", "The user of an audience has 1 to 255 bytes; this one has 0." },
        { """{"user":"\ud800"}""", "A string of the audience has half of a surrogate pair." },
        { """{"users":["ann",1]}""", "\"users\" of an audience is a list of strings." },
        { """{"named":""}""", "The name of a predicate has 1 to 128 bytes; this one has 0." },
        { """{"attribute":{"name":"plan"}}""", "\"attribute\" is an object with" },
        { """{"attribute":{"name":"plan","value":{}}}""", "\"attribute\" is an object with" },
        { """{"within":{"latitude":1,"longitude":2}}""", "\"within\" is an object with" },
        { """{"within":{"latitude":91,"longitude":0,"metres":1}}""", "A location is a latitude from -90 to 90 and a longitude from -180 to 180; this one is 91, 0." },
        { """{"within":{"latitude":0,"longitude":-180.5,"metres":1}}""", "A location is a latitude from -90 to 90" },
        { """{"within":{"latitude":0,"longitude":0,"metres":0}}""", "A radius is a positive number of metres; this one is 0." },
        { """{"within":{"latitude":0,"longitude":0,"metres":-5}}""", "A radius is a positive number of metres; this one is -5." },
        { """{"within":{"latitude":0,"longitude":0,"metres":1e999}}""", "A radius is a positive number of metres" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void An_audience_is_written_as_it_was_read(string form) =>
        Assert.Equal(form, AudienceConverter.Read(JsonSerializer.Deserialize<JsonElement>(form)).ToString());

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_publication_keeps_its_audience_and_all_else_among_nodes(string form)
    {
        var publication = new Publication("{}"u8.ToArray(), ContentKind.Json)
        {
            Key = "k", Event = "e", Info = new ClientInfo("c", "u"), Audience = AudienceConverter.Read(JsonSerializer.Deserialize<JsonElement>(form)),
        };

        Assert.True(PublicationBytes.TryRead(PublicationBytes.Write(publication), out var read));

        Assert.Equal(form, read.Audience!.ToString());
        Assert.Equal(("k", "e", "u", "{}"), (read.Key, read.Event, read.Publisher, Encoding.UTF8.GetString(read.Data.Span)));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_audience_is_refused_in_one_sentence(string form, string sentence)
    {
        using var json = JsonDocument.Parse(form);
        Assert.StartsWith(sentence, Assert.Throws<ArgumentException>(() => AudienceConverter.Read(json.RootElement)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_knows_only_publications_to_everybody_does_not_take_one_for_some_for_such_and_the_others_are_as_before()
    {
        var open = PublicationBytes.Write(Publication.Text("x"));
        var meant = PublicationBytes.Write(Publication.Text("x").For(Audience.User("ann")));

        Assert.Equal([1, (byte)ContentKind.Text, 0, (byte)'x'], open);
        Assert.Equal(2, meant[0]);
    }

    [Fact]
    public void An_audience_of_a_newer_version_is_nobody_and_what_is_cut_off_is_not_read()
    {
        var whole = PublicationBytes.Write(Publication.Text("").For(Audience.User("ann")));
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(PublicationBytes.TryRead(whole.AsMemory(0, length), out _), $"{length} of {whole.Length} bytes");
        }

        var newer = Encoding.UTF8.GetString(whole).Replace("\"user\"", "\"moon\"", StringComparison.Ordinal);
        Assert.True(PublicationBytes.TryRead(Encoding.UTF8.GetBytes(newer), out var read));
        Assert.Same(Audience.Nobody, read.Audience);
    }

    [Fact]
    public void Too_many_users_and_too_long_names_are_refused_and_nobody_of_no_users()
    {
        Assert.Same(Audience.Nobody, Audience.Users());
        Assert.Equal("""{"users":["ann"]}""", Audience.Users("ann", "ann").ToString());
        Assert.Equal(
            "An audience names at most 1000 users; this one has 1001.",
            Assert.Throws<ArgumentException>(() => Audience.Users(Enumerable.Range(0, 1_001).Select(i => $"{i}"))).Message);
        Assert.Equal(
            "The users of an audience have at most 16384 bytes together; these have 20000.",
            Assert.Throws<ArgumentException>(() => Audience.Users(Enumerable.Range(0, 100).Select(i => $"{i:d200}"))).Message);
        Assert.Equal(
            "The role of an audience has 1 to 255 bytes; this one has 256.",
            Assert.Throws<ArgumentException>(() => Audience.Role(new string('é', 128))).Message);
        Assert.Throws<ArgumentException>(() => Audience.User("ann").Except(""));
    }

    [Fact]
    public void What_an_audience_names_is_counted()
    {
        var open = Publication.Text("x").Cost;

        Assert.InRange(Publication.Text("x").For(Audience.Users(Enumerable.Range(0, 100).Select(i => $"user-{i}"))).Cost - open, 100 * 50, 100 * 100);
        Assert.InRange(Publication.Text("x").For(Audience.SignedIn).Cost - open, 1, 256);
    }
}
