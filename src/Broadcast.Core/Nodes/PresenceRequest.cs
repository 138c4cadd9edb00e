namespace Broadcast.Core;

/// <param name="Most">Up to here members and users are named, else counted only.</param>
/// <param name="WithMembers">Whether members are wanted, and not only how many there are.</param>
internal sealed record PresenceRequest(string Room, int Most, bool WithMembers);

/// <summary>Who is in a room on one node.</summary>
/// <param name="Members">Null if they are not wanted, or too many.</param>
/// <param name="Users">Different ones, the anonymous as one without a name; null if they can be had from the members, or are too many.</param>
internal sealed record PresenceAnswer(int Count, int UserCount, IReadOnlyList<ClientInfo>? Members = null, IReadOnlyList<string>? Users = null);
