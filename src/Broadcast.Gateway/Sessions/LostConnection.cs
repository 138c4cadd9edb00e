using System.Security.Claims;

namespace Broadcast.Gateway;

/// <summary>A client that was lost with another node: what hooks are told of it is what that node had told. Any thread may use it; it has gone.</summary>
internal sealed class LostConnection(LostClient client) : IConnection
{
    private static readonly ClaimsPrincipal s_nobody = new(new ClaimsIdentity());

    public string Id => client.Id;

    public string? User => client.User;

    public ClaimsPrincipal Principal => s_nobody;

    public CancellationToken Gone => new(canceled: true);

    public Session Session => client.Session;

    public DateTimeOffset LastActivity => client.LastSeen;

    public void UpdateSession(Func<Session, Session> update)
    {
    }

    public Task JoinAsync(string room) => Task.FromException(new RequestException("The client has gone."));

    public Task LeaveAsync(string room) => Task.CompletedTask;

    public Task SendAsync<T>(T message) => Task.CompletedTask;

    public Task CloseAsync(Disconnect reason) => Task.CompletedTask;
}
