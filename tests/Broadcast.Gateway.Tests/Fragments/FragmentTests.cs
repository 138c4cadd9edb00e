using System.Text.Json;

namespace Broadcast.Gateway.Tests.Fragments;

public sealed class FragmentTests
{
    public static TheoryData<Swap, string> Swaps => new()
    {
        { Swap.InnerHtml, "innerHTML" },
        { Swap.OuterHtml, "outerHTML" },
        { Swap.BeforeBegin, "beforebegin" },
        { Swap.AfterBegin, "afterbegin" },
        { Swap.BeforeEnd, "beforeend" },
        { Swap.AfterEnd, "afterend" },
        { Swap.Delete, "delete" },
        { Swap.None, "none" },
    };

    [Fact]
    public void Every_swap_has_a_name() => Assert.Equal(Enum.GetValues<Swap>().Length, Swaps.Count);

    [Theory, Trait("row", "S2.2"), Trait("row", "S2.3")]
    [MemberData(nameof(Swaps))]
    public void A_fragment_says_where_and_how_by_the_webs_own_names(Swap swap, string name) =>
        Assert.Equal($$"""{"target":"#a","html":"<b>&lt; é</b>\n","swap":"{{name}}"}""", JsonSerializer.Serialize(new Fragment("#a", $"<b>{'<'} é</b>\n", swap)));

    [Fact, Trait("row", "S2.1")]
    public void By_default_it_takes_the_place_of_what_is_in_the_target() => Assert.Equal(Swap.InnerHtml, new Fragment("#a", $"").Swap);

    [Theory, Trait("row", "S2.3")]
    [InlineData(8)]
    [InlineData(255)]
    public void Another_swap_is_refused(byte swap)
    {
        var refused = Assert.Throws<ArgumentException>(() => new Fragment("#a", $"", (Swap)swap));

        Assert.StartsWith($"There is no swap {swap}; it may be InnerHtml, OuterHtml, ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(null)]
    public void An_empty_target_is_refused(string? target)
    {
        var refused = Assert.Throws<ArgumentException>(() => new FragmentBatch().Add(target!, $""));

        Assert.StartsWith("A fragment needs a target, which is a CSS selector.", refused.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("row", "S2.29")]
    public void A_batch_is_one_message_with_its_updates_in_order()
    {
        var batch = new FragmentBatch().Add("#a", $"1").Add(new Fragment("#b", $"2", Swap.BeforeEnd)).Add("#c", swap: Swap.Delete);

        Assert.Equal(
            """{"type":"batch","updates":[{"target":"#a","html":"1","swap":"innerHTML"},{"target":"#b","html":"2","swap":"beforeend"},{"target":"#c","html":"","swap":"delete"}]}""",
            JsonSerializer.Serialize(batch));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_becomes_a_replacement_character()
    {
        // Not as data of a theory: what holds such data is UTF-8 itself.
        foreach (var (said, shown) in new[] { ("a\ud83d", "a\ufffd"), ("\ude00b", "\ufffdb"), ("\ud83d\ude00\ud83dc", "\ud83d\ude00\ufffdc") })
        {
            var fragment = JsonSerializer.SerializeToElement(new Fragment($"#{said}", $"<p>{said}</p>"));

            Assert.Equal($"#{shown}", fragment.GetProperty("target").GetString());
            Assert.Equal($"<p>{shown}</p>", fragment.GetProperty("html").GetString());
            Assert.Equal(shown, JsonSerializer.SerializeToElement(Html.Text(said)).GetString());
        }
    }

    [Fact]
    public void What_clients_send_never_becomes_a_fragment()
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Fragment>("""{"target":"#a","html":"<script>","swap":"innerHTML"}"""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<FragmentBatch>("""{"type":"batch","updates":[]}"""));
    }
}
