namespace Broadcast.Core;

/// <summary>
/// Clients of one user on this node while it is looked into the mailbox: what is sent to them waits before closed gates, and the first gets what is kept. One
/// task.
/// </summary>
internal sealed class MailClients(Hub hub, string user)
{
    private readonly List<(Connection Client, int Gate)> _waiting = [];
    private readonly HashSet<Connection> _passedOver = [];

    public int Count => _waiting.Count;

    /// <summary>Null if there is none.</summary>
    public Connection? First => _waiting.Count > 0 ? _waiting[0].Client : null;

    /// <summary>Adds those that have been told by now that they are connected. Those that take nothing at the moment come last.</summary>
    public async Task FindAsync()
    {
        var parked = new List<(Connection, int)>();
        foreach (var client in hub.Connections.OfUser(user).Where(c => !_waiting.Exists(w => w.Client == c)))
        {
            await client.PostAction(c =>
            {
                // It may have become somebody else's on the way there.
                if (c is { State: ConnectionState.Open, IsGreeted: true } && c.User == user)
                {
                    (c.IsParked ? parked : _waiting).Add((c, c.Mail.Close()));
                }
            });
        }

        _waiting.AddRange(parked);
    }

    /// <summary>
    /// Goes on to another one, also one that has come meanwhile, if there is one that takes what it is sent; else nobody but the first is held up any more.
    /// </summary>
    public async Task<bool> TryPassOverAsync()
    {
        await FindAsync();
        var (slow, next) = (_waiting[0], 0);
        for (var at = 1; at < _waiting.Count && next == 0; at++)
        {
            var (place, other) = (at, _waiting[at].Client);
            await other.PostAction(c => next = c is { State: ConnectionState.Open, IsParked: false } && !_passedOver.Contains(c) ? place : 0);
        }

        if (next == 0)
        {
            await OpenAsync(_waiting[1..]);
            _waiting.RemoveRange(1, _waiting.Count - 1);
            return false;
        }

        _passedOver.Add(slow.Client);
        (_waiting[0], _waiting[next]) = (_waiting[next], slow);
        _waiting.RemoveAt(next);
        await OpenAsync([slow]);
        return true;
    }

    /// <summary>The first has gone. If none waits any more, it is looked once more who is there: some may have been let go before.</summary>
    public async Task RemoveFirstAsync()
    {
        _waiting.RemoveAt(0);
        if (_waiting.Count == 0)
        {
            await FindAsync();
        }
    }

    /// <summary>What waits is sent.</summary>
    public Task OpenAsync() => OpenAsync(_waiting);

    private static async Task OpenAsync(IReadOnlyList<(Connection Client, int Gate)> waiting)
    {
        foreach (var (client, gate) in waiting)
        {
            await client.PostAction(c => c.Mail.Open(gate));
        }
    }
}
