namespace Broadcast.Core;

/// <summary>The connections of a node by the predicates that hold for them. Not safe by itself: <see cref="ConnectionRegistry"/> guards it.</summary>
internal sealed class TagIndex
{
    private readonly HashSet<Connection>?[] _byTag = new HashSet<Connection>?[Audiences.MaxPredicates];

    /// <param name="tag">Which predicate; −1 for one that there is not.</param>
    public IReadOnlyList<Connection> With(int tag) => tag >= 0 && _byTag[tag] is { } connections ? [.. connections] : [];

    /// <summary>Each a bit, as in <see cref="Session.Tags"/>.</summary>
    public void Replace(Connection connection, ulong was, ulong now)
    {
        for (var changed = was ^ now; changed != 0; changed &= changed - 1)
        {
            var tag = System.Numerics.BitOperations.TrailingZeroCount(changed);
            if (((now >> tag) & 1) != 0)
            {
                (_byTag[tag] ??= []).Add(connection);
            }
            else
            {
                _byTag[tag]?.Remove(connection);
            }
        }
    }
}
