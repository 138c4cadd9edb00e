using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Load;

/// <summary>A hub with the local backplane, default bounds and real threads, and the clients of a scenario. One publisher.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly List<(Client Client, Connection Connection)> _clients = [];

    public Node(int loops = 0, TimeProvider? time = null, RoomRule? rule = null)
    {
        time ??= TimeProvider.System;
        rule ??= new RoomRule();
        Backplane = new LocalBackplane(new LocalBackplaneOptions(), _ => rule, time);
        Hub = new Hub(new HubOptions { EventLoops = loops }, Backplane, _ => rule, time, NullLogger<Hub>.Instance);
        Delivered = [.. Hub.Loops.Select(_ => new Delivered())];
    }

    public Hub Hub { get; }

    public LocalBackplane Backplane { get; }

    /// <summary>Whether histories and windows have reached their bounds.</summary>
    public bool IsFull => Backplane.Budget.Evictions > 0 && Hub.Budget.Evictions > 0;

    /// <summary>By loop.</summary>
    public Delivered[] Delivered { get; }

    public IReadOnlyList<(Client Client, Connection Connection)> Clients => _clients;

    /// <summary>Connects a client and returns when it is live in all of the rooms. Several may be on their way.</summary>
    /// <returns>The index of its loop.</returns>
    public async Task<int> ConnectAsync(int bufferBytes, params string[] rooms)
    {
        if (!Hub.TryReserve())
        {
            throw new InvalidOperationException("The node takes no more clients.");
        }

        var client = new Client(bufferBytes);
        var connection = Hub.Connect(client, PlainDialect.Instance);
        _clients.Add((client, connection));
        client.Delivered = Delivered[connection.Loop.Index];
        foreach (var room in rooms)
        {
            await connection.PostSubscribe(room, JoinAt.Now);
        }

        for (var live = 0; live < rooms.Length;)
        {
            await connection.PostAction(c => live = c.Subscriptions.Count(s => s.State == SubscriptionState.Live));
        }

        return connection.Loop.Index;
    }

    public void Publish(string room, int bytes)
    {
        var publishing = Hub.PublishAsync(room, new Publication(new byte[bytes], ContentKind.Binary));
        if (!publishing.IsCompletedSuccessfully || !publishing.Result.IsAccepted)
        {
            throw new InvalidOperationException("A publication was refused.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        foreach (var delivered in Delivered)
        {
            delivered.Dispose();
        }
    }
}
