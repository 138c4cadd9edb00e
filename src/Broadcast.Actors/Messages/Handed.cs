namespace Broadcast.Actors;

/// <summary>What an owner hands over: publications and notices that came together, in the order of the room.</summary>
/// <param name="Number">Of this batch among those of its epoch, rising by one; by it a repeat is known.</param>
/// <param name="ByTopic">Whether it comes through pub-sub, or from the owner itself.</param>
internal sealed record Handed(string Room, string Epoch, long Number, IReadOnlyList<HandedItem> Items, bool ByTopic) : IWireMessage;
