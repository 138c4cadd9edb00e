using System.Text.Json.Serialization;

namespace Broadcast.Gateway;

/// <summary>
/// A piece of a page, and where it goes: <c>{"target":"#list","html":"&lt;li&gt;…","swap":"beforeend"}</c> on the wire. Immutable. It is sent, answered
/// or published like any other data.
/// </summary>
[JsonConverter(typeof(FragmentConverter))]
public sealed class Fragment
{
    /// <param name="target">A CSS selector; not empty.</param>
    /// <param name="html">An interpolated string, whose holes are escaped; see <see cref="Gateway.Html"/>. Null is nothing.</param>
    /// <exception cref="ArgumentException">The target is empty, or there is no such swap.</exception>
    public Fragment(string target, Html? html = null, Swap swap = Swap.InnerHtml)
    {
        if (string.IsNullOrWhiteSpace(target))
        {
            throw new ArgumentException("A fragment needs a target, which is a CSS selector.", nameof(target));
        }

        if (!Enum.IsDefined(swap))
        {
            throw new ArgumentException($"There is no swap {swap}; it may be {string.Join(", ", Enum.GetNames<Swap>())}.", nameof(swap));
        }

        (Target, Html, Swap) = (target, html ?? Html.Empty, swap);
    }

    public string Target { get; }

    public Html Html { get; }

    public Swap Swap { get; }
}
