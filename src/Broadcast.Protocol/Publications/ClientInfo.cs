namespace Broadcast.Protocol;

/// <summary>A client, as others see it.</summary>
/// <param name="Client">The connection's id.</param>
/// <param name="User">Empty for the anonymous.</param>
/// <param name="ConnInfo">What the application said about the connection when it was let in: one JSON value, or null.</param>
public sealed record ClientInfo(string Client, string User, ReadOnlyMemory<byte>? ConnInfo = null);
