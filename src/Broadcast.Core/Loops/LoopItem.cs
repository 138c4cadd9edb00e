namespace Broadcast.Core;

/// <summary>Something an event loop is asked to do; done once per post, in the order of posts.</summary>
internal abstract class LoopItem
{
    internal abstract void Run(EventLoop on);
}

internal sealed class LoopAction(Action action) : LoopItem
{
    internal override void Run(EventLoop on) => action();
}
