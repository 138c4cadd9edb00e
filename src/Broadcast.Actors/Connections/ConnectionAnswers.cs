namespace Broadcast.Actors;

/// <param name="Rooms">Where it stands in each room it is in.</param>
internal sealed record ClientDescription(ClientStatus Client, IReadOnlyList<SubscriptionStatus> Rooms);

/// <param name="Done">False if there was nothing to do: the client ends, is not in that room, or is in it already.</param>
internal sealed record ClientDone(bool Done);

/// <param name="Reason">One sentence.</param>
internal sealed record ClientRefusal(string Reason);
