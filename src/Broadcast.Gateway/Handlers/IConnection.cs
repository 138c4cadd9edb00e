using System.Security.Claims;

namespace Broadcast.Gateway;

/// <summary>A client, as handlers see it. Any thread may use it, also after the request it was given for.</summary>
public interface IConnection
{
    /// <summary>Unique in the cluster, not guessable.</summary>
    string Id { get; }

    /// <summary>Who the client proved to be; null for everybody else.</summary>
    string? User { get; }

    /// <summary>The client as ASP.NET authorisation knows it: not authenticated if it proved nothing. A newer token of the same connection replaces it.</summary>
    ClaimsPrincipal Principal { get; }

    /// <summary>Cancelled when the client has gone.</summary>
    CancellationToken Gone { get; }

    /// <summary>What the application knows of the client, at this moment.</summary>
    Session Session { get; }

    /// <summary>When something last came from the client; as long as nothing has, when it connected.</summary>
    DateTimeOffset LastActivity { get; }

    /// <summary>
    /// Replaces the session as a whole; what is published from then on is decided by the new one. Who changes it at the same moment is not lost: then
    /// <paramref name="update"/> is asked again, with what the other made of it.
    /// </summary>
    /// <param name="update">Makes the new one of the old one, as in <c>s => s.With("plan", "premium")</c>, and nothing else.</param>
    /// <exception cref="RequestException">It is beyond what the settings allow; nothing was changed, and whoever asked is told why.</exception>
    void UpdateSession(Func<Session, Session> update);

    /// <summary>Puts the client into a room, whatever its rights are. It gets what is published from then on. Returns when its loop has taken it over.</summary>
    /// <param name="room">1–255 characters of <c>[A-Za-z0-9_.:/#@$-]</c>.</param>
    /// <exception cref="RequestException">The room's name is not good, the client's path can take no rooms, or it has gone.</exception>
    /// <exception cref="BackplaneException">Where the room stands cannot be read now.</exception>
    Task JoinAsync(string room);

    /// <summary>Takes the client out of a room. Where its path has no word for that, the connection ends.</summary>
    Task LeaveAsync(string room);

    /// <summary>
    /// Sends something to this client alone, as JSON, outside of rooms. Returns when it waits to be written, behind what was sent before, and behind what tells the
    /// client that it is connected and what was kept for its user; for a client that has gone nothing is done. Answers to requests do not wait for that, and may come
    /// first. A client for which too much waits (<c>MaxReplyBytes</c>) is reset.
    /// </summary>
    /// <param name="message">A <see cref="Fragment"/>, a <see cref="FragmentBatch"/>, or anything else that is written as JSON.</param>
    /// <exception cref="ArgumentException">It is longer than all that may wait for a client.</exception>
    Task SendAsync<T>(T message);

    /// <summary>Ends the connection. Clients come back by themselves or not, as the code says.</summary>
    Task CloseAsync(Disconnect reason);
}
