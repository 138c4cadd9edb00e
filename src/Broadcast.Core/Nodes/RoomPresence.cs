namespace Broadcast.Core;

/// <summary>Who is in a room, on all nodes together.</summary>
/// <param name="UserCount">Different users, the anonymous together as one; where they are too many to be named, each node's own are added up.</param>
/// <param name="Members">Null if they are not wanted, or more than the room's <see cref="RoomRule.MaxPresence"/>.</param>
/// <param name="Missing">Nodes whose members are not in it.</param>
internal sealed record RoomPresence(int Count, int UserCount, IReadOnlyList<ClientInfo>? Members, IReadOnlyList<NodeFailure> Missing);
