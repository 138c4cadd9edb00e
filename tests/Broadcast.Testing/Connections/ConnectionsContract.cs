namespace Broadcast.Testing;

/// <summary>What holds for clients, whatever writes to them. Each suite of it runs on a node with shared event loops, and on others.</summary>
public abstract class ConnectionsContract
{
    /// <param name="loops">Where event loops are shared: how many.</param>
    private protected virtual TestNode NewNode(
        RoomRule? rule = null, int loops = 1, HubOptions? options = null, Func<string, RoomRule>? rules = null) =>
        new(rule, loops, options, rules);
}
