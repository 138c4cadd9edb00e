namespace Broadcast.Protocol.Tests.Publications;

public sealed class PublicationBytesTests
{
    [Fact]
    public void A_publication_comes_back_as_it_was()
    {
        var publications =
            from kind in Enum.GetValues<ContentKind>()
            from key in (string?[])[null, "", "k€y"]
            from info in (ClientInfo?[])[null, new("client", ""), new("client", "üser", "{\"a\":1}"u8.ToArray()), new("c", "u", ReadOnlyMemory<byte>.Empty)]
            from tags in (Dictionary<string, string>?[])[null, [], new() { ["a"] = "", ["ü"] = "b" }]
            select new Publication("{}"u8.ToArray(), kind) { Key = key, Event = key, Info = info, Tags = tags };

        foreach (var expected in publications)
        {
            Assert.True(PublicationBytes.TryRead(PublicationBytes.Write(expected), out var actual));
            Assert.Equal((expected.Kind, expected.Key, expected.Event), (actual.Kind, actual.Key, actual.Event));
            Assert.Equal((expected.Info?.Client, expected.Info?.User), (actual.Info?.Client, actual.Info?.User));
            Assert.Equal(expected.Info?.ConnInfo?.ToArray(), actual.Info?.ConnInfo?.ToArray());
            Assert.Equal(expected.Tags?.ToArray(), actual.Tags?.ToArray());
            Assert.Equal(expected.Data.ToArray(), actual.Data.ToArray());
        }
    }

    [Fact]
    public void What_is_cut_off_before_its_payload_or_of_another_form_is_not_read()
    {
        var publication = new Publication(ReadOnlyMemory<byte>.Empty, ContentKind.Text)
        {
            Key = "k", Event = "e", Info = new ClientInfo("c", "u", "1"u8.ToArray()), Tags = new Dictionary<string, string> { ["t"] = "v" },
        };
        var whole = PublicationBytes.Write(publication);

        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(PublicationBytes.TryRead(whole.AsMemory(0, length), out _), $"{length} of {whole.Length} bytes");
        }

        whole[0] = 9;
        Assert.False(PublicationBytes.TryRead(whole, out _));
    }
}
