using System.Text;

namespace Broadcast.Core;

/// <summary>What an application said of some rooms: which view a session gets there, and what each view shows. Any thread may call it.</summary>
/// <param name="rooms">How the application names the rooms.</param>
internal sealed class ViewRule(
    string rooms, Func<string, bool> matches, Func<Session, string> view, Func<Publication, string, CancellationToken, ValueTask<Publication?>> project, Hub hub, ViewOptions options)
{
    public string Rooms => rooms;

    /// <summary>Where its key stands in <see cref="Session.ViewKeys"/>.</summary>
    public int Index { get; init; }

    public bool Matches(string room) => matches(room);

    /// <returns>The key of the session's view, or null if it is not known: then nothing is shown.</returns>
    public string? KeyOf(Session session) => Index < session.ViewKeys.Length ? session.ViewKeys[Index] : null;

    /// <summary>Asks code of the application for the key of a session's view. Never throws.</summary>
    public string? Ask(Session session)
    {
        string? key;
        try
        {
            key = view(session);
        }
        catch (Exception e)
        {
            hub.Views.CountUnknown("failed");
            ViewLog.NoView(hub.Logger, rooms, session.User ?? "nobody in particular", e);
            return null;
        }

        if (key is { Length: > 0 } && Encoding.UTF8.GetByteCount(key) <= options.MaxKeyBytes)
        {
            return key;
        }

        hub.Views.CountUnknown("key");
        ViewLog.BadKey(hub.Logger, rooms, session.User ?? "nobody in particular", options.MaxKeyBytes);
        return null;
    }

    /// <summary>Asks code of the application, which may throw, and may not return.</summary>
    public ValueTask<Publication?> ProjectAsync(Publication publication, string key, CancellationToken cancellation) => project(publication, key, cancellation);
}
