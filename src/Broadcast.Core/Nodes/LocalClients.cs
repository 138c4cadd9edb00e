namespace Broadcast.Core;

/// <summary>What this node does with its own clients when any node is asked to; each on its event loop. Any thread may call it.</summary>
internal sealed class LocalClients(Hub hub)
{
    /// <summary>Clients named in one answer.</summary>
    private const int MaxListed = 1_000;

    /// <summary>Clients dealt with before a loop does something else.</summary>
    private const int Slice = 128;

    public async Task<ClientList> ListAsync(UserRequest asked)
    {
        var listed = new List<ClientStatus>();
        var count = await ForEachAsync(ClientTarget.OfUser(asked.User), c =>
        {
            if (listed.Count < MaxListed)
            {
                listed.Add(ClientStatus.Of(c));
            }

            return true;
        });
        return new ClientList(count, listed);
    }

    public Task<int> CountAsync(UserRequest asked) => Task.FromResult(hub.Users.Count(asked.User));

    public Task<int> DisconnectAsync(DisconnectRequest asked) => ForEachAsync(asked.Target, c =>
    {
        var isOpen = c.State == ConnectionState.Open;
        c.Close(asked.Reason);
        return isOpen;
    });

    public Task<int> UnsubscribeAsync(UnsubscribeRequest asked) => ForEachAsync(asked.Target, c =>
    {
        if (c.Find(asked.Room) is not { } subscription)
        {
            return false;
        }

        c.Dialect.Unsubscribe(c, subscription, asked.Reason);
        return true;
    });

    public Task<int> SendAsync(SendRequest asked) => ForEachAsync(asked.Target, c =>
    {
        var isOpen = c.State == ConnectionState.Open;
        c.Reply(c.Dialect.Message(asked.Data, asked.Kind));
        return isOpen;
    });

    public async Task<StatusAnswer> StatusAsync(StatusRequest asked)
    {
        SubscriptionStatus[]? subscriptions = null;
        await hub.WithConnectionAsync(asked.Client, c => subscriptions = [.. c.Subscriptions.Select(SubscriptionStatus.Of)]);
        return new StatusAnswer(subscriptions);
    }

    public Task<int> PauseAsync(PauseRequest asked) => ForEachAsync(ClientTarget.OfClient(asked.Client), c =>
    {
        var subscription = asked.Room.Length == 0 && c.Subscriptions.Count == 1 ? c.Subscriptions[0] : c.Find(asked.Room);
        if (asked.Resume)
        {
            subscription?.Resume();
        }
        else
        {
            subscription?.Pause();
        }

        return subscription is not null;
    });

    /// <param name="action">On the client's loop, one after the other; returns whether it did something.</param>
    /// <returns>For how many it did.</returns>
    private async Task<int> ForEachAsync(ClientTarget target, Func<Connection, bool> action)
    {
        var done = 0;
        if (target.Client is { } client)
        {
            await hub.WithConnectionAsync(client, c => done += (target.User is null || c.User == target.User) && action(c) ? 1 : 0);
            return done;
        }

        foreach (var onLoop in hub.Users.Of(target.User ?? "").GroupBy(c => c.Loop))
        {
            foreach (var some in onLoop.Chunk(Slice))
            {
                await onLoop.Key.PostAsync(() =>
                {
                    foreach (var connection in some)
                    {
                        // Some may have gone, or may have become somebody else's, on the way here.
                        done += connection.Slot >= 0 && connection.User == target.User && action(connection) ? 1 : 0;
                    }
                });
            }
        }

        return done;
    }
}
