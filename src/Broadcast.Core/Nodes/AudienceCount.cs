namespace Broadcast.Core;

/// <summary>Whom a node sent a message for an audience.</summary>
/// <param name="Connections">Clients for which it was accepted: it waits to be written, or is.</param>
/// <param name="Users">The users among them, each once; who is connected to several nodes counts on each.</param>
/// <param name="Meant">Clients that are in the audience, those included that could take nothing any more.</param>
public sealed record AudienceCount(int Connections, int Users, int Meant);
