namespace Broadcast.Actors;

/// <summary>What nodes tell each other in rooms in which only they talk. It goes through pub-sub alone, so that it arrives whichever node is gone.</summary>
internal sealed record Letter(string Room, Notice Notice) : IWireMessage;
