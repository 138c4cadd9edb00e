namespace Broadcast.Actors;

/// <summary>Goes to the owner of a room, whichever node that is on.</summary>
internal interface IOwnerMessage : IWireMessage
{
    string Room { get; }
}
