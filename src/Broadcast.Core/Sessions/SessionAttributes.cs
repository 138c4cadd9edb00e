using System.Collections;
using System.Text.Json.Serialization;

namespace Broadcast.Core;

/// <summary>What an application knows of a connection, by name. Immutable: each change gives another one.</summary>
[JsonConverter(typeof(SessionAttributesConverter))]
public sealed class SessionAttributes : IEnumerable<KeyValuePair<string, AttributeValue>>
{
    public static readonly SessionAttributes Empty = new([]);

    private readonly Dictionary<string, AttributeValue> _values;

    private SessionAttributes(Dictionary<string, AttributeValue> values) => _values = values;

    public int Count => _values.Count;

    /// <returns>Null if there is none of that name.</returns>
    public AttributeValue? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>Of several with one name, the last counts.</summary>
    public static SessionAttributes Of(IEnumerable<KeyValuePair<string, AttributeValue>> attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        var values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        foreach (var (name, value) in attributes)
        {
            values[name] = value;
        }

        return values.Count == 0 ? Empty : new(values);
    }

    /// <returns>These and one more, or another value for its name.</returns>
    public SessionAttributes Set(string name, AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        return new(new(_values, StringComparer.Ordinal) { [name] = value });
    }

    /// <returns>These without the one of that name.</returns>
    public SessionAttributes Remove(string name) => _values.ContainsKey(name) ? Of(_values.Where(v => v.Key != name)) : this;

    /// <summary>Whether the attribute of that name is this value, or a list with it.</summary>
    public bool Has(string name, AttributeValue value) => this[name] is { } own && own.Has(value);

    public IEnumerator<KeyValuePair<string, AttributeValue>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
