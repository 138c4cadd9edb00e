namespace Broadcast.Actors.Tests;

public sealed class CatchingUpByActorsTests : CatchingUpContract
{
    private protected override TestNode NewNode(
        RoomRule? rule = null, int loops = 1, HubOptions? options = null, Func<string, RoomRule>? rules = null) => new ActorNode(rule, options, rules);
}
