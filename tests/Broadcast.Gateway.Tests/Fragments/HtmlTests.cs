using System.Globalization;
using System.Text.Json;

namespace Broadcast.Gateway.Tests.Fragments;

[Trait("row", "S2.47")]
public sealed class HtmlTests
{
    private const string Attack = "<img src=x onerror='alert(1)'> & \"`";
    private const string Harmless = "&lt;img src=x onerror=&#39;alert(1)&#39;&gt; &amp; &quot;&#96;";

    [Fact]
    public void What_stands_in_holes_is_text_whatever_it_is()
    {
        object boxed = Attack;

        Assert.Equal($"<p>{Harmless}</p>", Of($"<p>{Attack}</p>"));
        Assert.Equal($"<p>{Harmless}</p>", Of($"<p>{boxed}</p>"));
        Assert.Equal($"<p>{Harmless}</p>", Of($"<p>{Attack.AsSpan()}</p>"));
        Assert.Equal($"<p>{Harmless}</p>", Of($"<p>{new Saying(Attack)}</p>"));
        Assert.Equal($"<p>{Harmless}{Harmless}</p>", Of($"<p>{new[] { Attack, Attack }}</p>"));
        Assert.Equal("<p>&lt;</p>", Of($"<p>{'<'}</p>"));
        Assert.Equal($"<b title=\"{Harmless}\">", Of($"<b title=\"{Attack}\">"));
        Assert.Equal(Harmless, Html.Text(Attack).ToString());
    }

    [Fact]
    public void Null_is_nothing()
    {
        Assert.Equal("<p></p>", Of($"<p>{(string?)null}{(Html?)null}{(object?)null}{(int?)null}{(string[]?)null}</p>"));
        Assert.Equal("", Html.Text(null).ToString());
        Assert.Equal("", Html.Raw(null).ToString());
        Assert.Equal("", new Fragment("#a").Html.ToString());
    }

    [Fact]
    public void Markup_within_markup_is_not_escaped_twice()
    {
        Html row = $"<li>{Attack}</li>";
        object boxed = row;

        Assert.Equal($"<ul><li>{Harmless}</li></ul>", Of($"<ul>{row}</ul>"));
        Assert.Equal($"<ul><li>{Harmless}</li></ul>", Of($"<ul>{boxed}</ul>"));
        Assert.Equal("<ul><li>&lt;</li><li>&gt;</li></ul>", Of($"<ul>{new[] { "<", ">" }.Select(t => (Html)$"<li>{t}</li>")}</ul>"));
        Assert.Equal("<ul><li>&lt;</li></ul>", Of($"<ul>{$"<li>{Attack[..1]}</li>"}</ul>"));
        Assert.Equal("<i>&lt;</i>", Of($"{(Attack.Length > 0 ? (Html)$"<i>{"<"}</i>" : null)}"));
    }

    [Fact]
    public void Raw_markup_is_asked_for_by_name() => Assert.Equal($"<p>{Attack}</p>", Of($"<p>{Html.Raw(Attack)}</p>"));

    [Fact]
    public void Numbers_and_times_are_written_in_the_invariant_culture()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator = "<";
        try
        {
            Assert.Equal("1.5 2.50 |  7|7  | 2030-01-02", Of($"{1.5} {2.5:F2} |{7,3}|{7,-3}| {new DateTime(2030, 1, 2):yyyy-MM-dd}"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Equal("  &lt;", Of($"{"<",6}"));
    }

    [Fact]
    public void Once_read_it_does_not_change()
    {
        Html html = $"<p>{1}</p>";
        Assert.Equal("<p>1</p>", html.ToString());

        Assert.Throws<InvalidOperationException>(() => html.AppendLiteral("<script>"));
        Assert.Throws<InvalidOperationException>(() => Html.Empty.AppendFormatted("x"));
        Assert.Equal("<p>1</p>", html.ToString());
    }

    [Fact]
    public void It_is_written_as_a_string_and_never_read()
    {
        Html html = $"<p>{"\""}</p>";

        Assert.Equal("<p>&quot;</p>", JsonSerializer.Deserialize<string>(JsonSerializer.Serialize(html)));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Html>("\"<script>\""));
    }

    private static string Of(Html html) => html.ToString();

    private sealed record Saying(string Text)
    {
        public override string ToString() => Text;
    }
}
