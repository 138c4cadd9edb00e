using System.Collections.Concurrent;
using System.Text.Json;

namespace Broadcast.SystemTests;

/// <summary>A client on one of the paths that notes what it is given until it is sent away, and may go on after that on another node.</summary>
internal sealed class Follower : IDisposable
{
    private readonly ConcurrentQueue<string> _heard = new();
    private readonly IDisposable _client;

    private Follower(IDisposable client, string position, Func<Follower, Task<string>> follow)
    {
        (_client, Position) = (client, position);
        End = Task.Run(() => follow(this));
    }

    public enum Path
    {
        Socket,
        Events,
        Centrifuge,
    }

    /// <summary>The texts it was given.</summary>
    public IReadOnlyCollection<string> Heard => _heard;

    /// <summary>That of the last text, or where it began.</summary>
    public string Position { get; private set; }

    /// <summary>How the node sent it away.</summary>
    public Task<string> End { get; }

    /// <summary>Connects, and begins to follow a room.</summary>
    /// <param name="after">The position it goes on from; null begins with what comes next.</param>
    public static async Task<Follower> JoinAsync(Path path, int port, string room, string? after = null)
    {
        switch (path)
        {
            case Path.Socket:
                var socket = await SocketClient.OpenAsync(port, room, after is null ? "" : $"&since={after}");
                return new Follower(socket, socket.Position, f => FollowAsync(socket, f.TakeEnvelope));
            case Path.Centrifuge:
                var client = await SocketClient.SubscribeAsync(port, room, after);
                return new Follower(client, client.Position, f => FollowAsync(client, f.TakePushes));
            default:
                var events = await EventClient.OpenAsync(port, room, after is null ? "" : $"?since={after}");
                return new Follower(events, events.Position, f => f.FollowAsync(events));
        }
    }

    /// <summary>Waits until it was given so many texts.</summary>
    public Task HasAsync(int count) => Until.TrueAsync(() => _heard.Count >= count, () => $"It was given {_heard.Count} of {count}.");

    public void Dispose() => _client.Dispose();

    private static async Task<string> FollowAsync(SocketClient client, Action<string> take)
    {
        while (await client.ReadAsync() is { } message)
        {
            if (message.Opcode == SocketMessage.Close)
            {
                client.Dispose();
                return $"{message.CloseCode} {message.CloseReason}";
            }

            take(message.String);
        }

        return "nothing";
    }

    private async Task<string> FollowAsync(EventClient client)
    {
        var end = "nothing";
        while (await client.ReadAsync() is { } read)
        {
            if (EventClient.FieldOf(read, "retry") is { } retry)
            {
                end = $"retry {retry}";
            }
            else if (EventClient.FieldOf(read, "data") is { } text)
            {
                Take(EventClient.FieldOf(read, "id")!, text);
            }
        }

        return end;
    }

    private void TakeEnvelope(string message)
    {
        using var envelope = JsonDocument.Parse(message);
        Take(envelope.RootElement.GetProperty("position").GetString()!, envelope.RootElement.GetProperty("data").GetString()!);
    }

    private void TakePushes(string message)
    {
        foreach (var line in message.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var said = JsonDocument.Parse(line);

            // What is no push is a ping.
            if (said.RootElement.TryGetProperty("push", out var push))
            {
                var publication = push.GetProperty("pub");
                Take($"{publication.GetProperty("offset").GetUInt64()}.{SocketClient.EpochOf(Position)}", publication.GetProperty("data").GetString()!);
            }
        }
    }

    private void Take(string position, string text)
    {
        Assert.Equal(SocketClient.OffsetOf(Position) + 1, SocketClient.OffsetOf(position));
        Position = position;
        _heard.Enqueue(text);
    }
}
