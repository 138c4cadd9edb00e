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

    /// <summary>
    /// Sends something to this client alone, as JSON, outside of rooms. Returns when it waits to be written, behind what was sent before; for a client that
    /// has gone nothing is done. A client for which too much waits (<c>MaxReplyBytes</c>) is reset.
    /// </summary>
    /// <param name="message">A <see cref="Fragment"/>, a <see cref="FragmentBatch"/>, or anything else that is written as JSON.</param>
    /// <exception cref="ArgumentException">It is longer than all that may wait for a client.</exception>
    Task SendAsync<T>(T message);

    /// <summary>Ends the connection. Clients come back by themselves or not, as the code says.</summary>
    Task CloseAsync(Disconnect reason);
}
