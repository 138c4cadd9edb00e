using System.Text.Json;

namespace Broadcast.Gateway.Tests.Handlers;

/// <summary>A client that asks handlers, over the Centrifuge protocol or a plain socket with envelopes.</summary>
internal sealed class HandlerClient
{
    private readonly Queue<HandlerReply> _replies = [];
    private readonly Queue<JsonElement> _others = [];
    private readonly ClientSocket _socket;
    private int _id = 1;

    private HandlerClient(ClientSocket socket, string id) => (_socket, Id) = (socket, id);

    public static TheoryData<string> Paths => new("centrifuge", "envelope");

    /// <summary>What the node calls it.</summary>
    public string Id { get; }

    public ClientSocket Socket => _socket;

    public static async Task<HandlerClient> ConnectAsync(GatewayNode node, string path = "envelope", string room = "room")
    {
        if (path == "envelope")
        {
            var plain = await node.EnvelopeAsync(room);
            return new HandlerClient(plain, plain.Id);
        }

        var socket = await node.CentrifugeAsync();
        var connected = await socket.AskAsync("""{"id":1,"connect":{}}""");
        return new HandlerClient(socket, connected.GetProperty("connect").GetProperty("client").GetString()!);
    }

    /// <returns>The id of the request.</returns>
    public async Task<long> SendAsync(string method, string? data = null)
    {
        var id = ++_id;
        await _socket.SendAsync(data is null
            ? $$$"""{"id":{{{id}}},"rpc":{"method":"{{{method}}}"}}"""
            : $$$"""{"id":{{{id}}},"rpc":{"method":"{{{method}}}","data":{{{data}}}}}""");
        return id;
    }

    public async Task<HandlerReply> AskAsync(string method, string? data = null)
    {
        var id = await SendAsync(method, data);
        var reply = await ReplyAsync();
        Assert.Equal(id, reply.Id);
        return reply;
    }

    /// <summary>The next answer; what comes before it is kept.</summary>
    public async Task<HandlerReply> ReplyAsync()
    {
        while (_replies.Count == 0)
        {
            await ReadAsync();
        }

        return _replies.Dequeue();
    }

    /// <summary>The next that is no answer; answers that come before it are kept.</summary>
    public async Task<JsonElement> OtherAsync()
    {
        while (_others.Count == 0)
        {
            await ReadAsync();
        }

        return _others.Dequeue();
    }

    /// <summary>Whether something that is no answer came before the answers read so far.</summary>
    public bool HasOther => _others.Count > 0;

    private async Task ReadAsync()
    {
        foreach (var line in (await _socket.ReadTextAsync()).Split('\n'))
        {
            var said = JsonSerializer.Deserialize<JsonElement>(line);
            if (said.TryGetProperty("id", out _) || said.TryGetProperty("error", out _))
            {
                _replies.Enqueue(HandlerReply.Of(said));
            }
            else
            {
                _others.Enqueue(said);
            }
        }
    }
}
