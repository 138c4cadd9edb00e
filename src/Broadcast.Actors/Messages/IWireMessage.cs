namespace Broadcast.Actors;

/// <summary>What nodes send each other; <see cref="WireSerializer"/> turns it into bytes. Immutable.</summary>
internal interface IWireMessage;
