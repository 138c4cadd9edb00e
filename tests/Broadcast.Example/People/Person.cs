namespace Broadcast.Example;

/// <summary>Who has signed in over a connection, as its session has it.</summary>
internal sealed record Person(string Id, string Name, bool IsAdmin)
{
    public const string IdName = "userId", FullName = "name", RoomName = "roomId", AdminName = "isAdmin";

    /// <returns>Null if nobody has.</returns>
    public static Person? Of(Session session) => session.Attributes[IdName]?.Text is { } id
        ? new Person(id, session.Attributes[FullName]?.Text ?? id, session.Attributes.Has(AdminName, true))
        : null;

    /// <returns>What a session becomes of whom it is.</returns>
    public Session In(Session session)
    {
        var signedIn = session.With(IdName, Id).With(FullName, Name);
        return IsAdmin ? signedIn.With(AdminName, true) : signedIn.Without(AdminName);
    }
}
