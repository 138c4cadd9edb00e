namespace Broadcast.Core;

/// <summary>Which clients a call is for: all of a user, or one. With both, that one, if it is the user's.</summary>
public sealed record ClientTarget(string? User, string? Client)
{
    public static ClientTarget OfUser(string user) => new(user, null);

    public static ClientTarget OfClient(string client) => new(null, client);
}
