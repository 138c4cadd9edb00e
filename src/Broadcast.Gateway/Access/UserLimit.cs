using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>
/// Keeps users from having more connections than they may, on all nodes together. Who asks for two at the same moment may get both, and a node
/// that does not answer counts as having none: a user is rather let in than kept out. Any thread may ask.
/// </summary>
internal sealed class UserLimit(Hub hub, Cluster cluster, IOptions<BroadcastOptions> options)
{
    private readonly int _most = options.Value.Hub.MaxConnectionsPerUser;

    public ValueTask<bool> MayConnectAsync(string? user) =>
        _most == 0 || string.IsNullOrEmpty(user) ? ValueTask.FromResult(true) : new ValueTask<bool>(IsBelowAsync(user));

    /// <returns>Why the user may not connect, or null.</returns>
    public async ValueTask<Refusal?> RefuseAsync(string? user) => await MayConnectAsync(user) ? null : Refusal.TooManyConnections(_most);

    private async Task<bool> IsBelowAsync(string user)
    {
        if (hub.Connections.Users.Count(user) < _most && (await cluster.Clients.CountAsync(user)).Sum(a => a.Value) < _most)
        {
            return true;
        }

        hub.Metrics.Refused("user_connections");
        return false;
    }
}
