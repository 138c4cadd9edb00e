using System.Runtime.InteropServices;

namespace Broadcast.Core;

/// <summary>The connections of a node by the attributes that are indexed. Not safe by itself: <see cref="ConnectionRegistry"/> guards it.</summary>
internal sealed class AttributeIndex(IEnumerable<string> indexed)
{
    private readonly Dictionary<string, Dictionary<AttributeValue, HashSet<Connection>>> _byName =
        indexed.Distinct(StringComparer.Ordinal).ToDictionary(n => n, _ => new Dictionary<AttributeValue, HashSet<Connection>>(), StringComparer.Ordinal);

    /// <summary>Values that some connection has, of all attributes together.</summary>
    public int Count => _byName.Values.Sum(v => v.Count);

    public bool Has(string name) => _byName.ContainsKey(name);

    /// <returns>None if no connection has that value.</returns>
    public IReadOnlyList<Connection> With(string name, AttributeValue value) => _byName[name].TryGetValue(value, out var connections) ? [.. connections] : [];

    public void Replace(Connection connection, SessionAttributes was, SessionAttributes now)
    {
        if (ReferenceEquals(was, now))
        {
            return;
        }

        foreach (var (name, values) in _byName)
        {
            var (old, next) = (was[name], now[name]);
            if (Equals(old, next))
            {
                continue;
            }

            foreach (var key in old?.Keys ?? [])
            {
                if (values.TryGetValue(key, out var connections) && connections.Remove(connection) && connections.Count == 0)
                {
                    values.Remove(key);
                }
            }

            foreach (var key in next?.Keys ?? [])
            {
                ref var connections = ref CollectionsMarshal.GetValueRefOrAddDefault(values, key, out _);
                connections ??= new(1);
                connections.Add(connection);
            }
        }
    }
}
