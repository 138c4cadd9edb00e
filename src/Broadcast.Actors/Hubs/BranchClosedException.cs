namespace Broadcast.Actors;

/// <summary>Ends a hub that has no consumer any more; nobody sees it.</summary>
internal sealed class BranchClosedException() : Exception("The last consumer of this hub has left.");
