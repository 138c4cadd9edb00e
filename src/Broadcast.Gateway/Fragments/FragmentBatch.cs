using System.Text.Json.Serialization;

namespace Broadcast.Gateway;

/// <summary>
/// Several fragments that leave as one message, <c>{"type":"batch","updates":[…]}</c>, in the order they were added. Used by one thread at a time, and
/// not changed after it was sent.
/// </summary>
[JsonConverter(typeof(FragmentBatchConverter))]
public sealed class FragmentBatch
{
    /// <summary>What stands around the updates on the wire.</summary>
    internal const string Before = "{\"type\":\"batch\",\"updates\":[", After = "]}";

    private readonly List<Fragment> _updates = [];

    public IReadOnlyList<Fragment> Updates => _updates;

    public FragmentBatch Add(Fragment update)
    {
        ArgumentNullException.ThrowIfNull(update);
        _updates.Add(update);
        return this;
    }

    /// <inheritdoc cref="Fragment(string, Html?, Swap)"/>
    public FragmentBatch Add(string target, Html? html = null, Swap swap = Swap.InnerHtml) => Add(new Fragment(target, html, swap));
}
