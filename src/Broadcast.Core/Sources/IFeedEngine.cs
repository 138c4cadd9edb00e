namespace Broadcast.Core;

/// <summary>What runs the feeds of a node, if not a task each. One that is among the application's services is taken.</summary>
internal interface IFeedEngine
{
    /// <summary>Begins to read a source into a room. Does not wait; any thread may call it.</summary>
    /// <param name="before">The one that had this name; it is stopped first, so that its last words come before this one's first.</param>
    internal IFeed Begin(Attachment attachment, IFeed? before);
}
