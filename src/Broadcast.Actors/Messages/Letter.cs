namespace Broadcast.Actors;

/// <summary>What nodes tell each other in rooms that no client can name. It goes through pub-sub alone, so that it arrives whichever node is gone.</summary>
internal sealed record Letter(string Room, Notice Notice) : IWireMessage;
