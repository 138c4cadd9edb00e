namespace Broadcast.Core;

/// <summary>A node as it described itself when it was last heard.</summary>
/// <param name="Id">Unique; another one each time the process starts.</param>
/// <param name="Name">As the settings say; may be another node's too.</param>
/// <param name="Address">Where it can be reached; empty if it did not say.</param>
/// <param name="Connections">Clients connected to it, or being closed.</param>
/// <param name="Rooms">Rooms it has members in.</param>
/// <param name="Load">The share of the machine's processors its process used lately, 0 to 1.</param>
/// <param name="LastSeen">By the clock of the node that was asked.</param>
public sealed record NodeInfo(
    string Id, string Name, string Address, string Version, DateTimeOffset Started, int Connections, int Rooms, double Load, DateTimeOffset LastSeen);
