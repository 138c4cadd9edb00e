using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Broadcast.Gateway.Tests;

/// <summary>A WebSocket client of .NET, with messages put together.</summary>
internal sealed class ClientSocket(WebSocket socket)
{
    private readonly byte[] _buffer = new byte[64 << 10];
    private readonly Queue<JsonElement> _passedOver = [];

    public WebSocket Socket => socket;

    /// <summary>What the server called this client, after <see cref="ReadOpeningAsync"/>.</summary>
    public string Id { get; private set; } = "";

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    /// <summary>What is perhaps no text.</summary>
    public Task SendTextAsync(byte[] bytes) => SendAsync(bytes, WebSocketMessageType.Text);

    public Task SendAsync(byte[] binary) => SendAsync(binary, WebSocketMessageType.Binary);

    public async Task CloseAsync(int code, string reason = "")
    {
        using var patience = new CancellationTokenSource(Wait.Patience);
        await socket.CloseAsync((WebSocketCloseStatus)code, reason, patience.Token);
    }

    public async Task<ClientMessage> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Wait.Patience);
        using var whole = new MemoryStream();
        while (true)
        {
            var part = await socket.ReceiveAsync(_buffer.AsMemory(), patience.Token);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return new ClientMessage(part.MessageType, [], (int?)socket.CloseStatus, socket.CloseStatusDescription);
            }

            whole.Write(_buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return new ClientMessage(part.MessageType, whole.ToArray(), null, null);
            }
        }
    }

    public async Task<string> ReadTextAsync()
    {
        var message = await ReadAsync();
        Assert.True(message.Type == WebSocketMessageType.Text, $"{message.Type} {message.CloseCode} {message.CloseReason}");
        return Encoding.UTF8.GetString(message.Bytes);
    }

    public async Task<string[]> ReadTextsAsync(int count)
    {
        var texts = new string[count];
        for (var i = 0; i < count; i++)
        {
            texts[i] = await ReadTextAsync();
        }

        return texts;
    }

    public async Task<JsonElement> ReadJsonAsync() =>
        _passedOver.TryDequeue(out var earlier) ? earlier : JsonSerializer.Deserialize<JsonElement>(await ReadTextAsync());

    public async Task<JsonElement> ReadOpeningAsync()
    {
        var opening = (await ReadJsonAsync()).GetProperty("open");
        Id = opening.GetProperty("client").GetString()!;
        return opening;
    }

    /// <summary>Sends a command, and reads on to its answer; what comes before that is read later.</summary>
    public async Task<JsonElement> AskAsync(string command)
    {
        await SendAsync(command);
        while (true)
        {
            var said = JsonSerializer.Deserialize<JsonElement>(await ReadTextAsync());
            if (said.TryGetProperty("id", out _) || said.TryGetProperty("error", out _))
            {
                return said;
            }

            _passedOver.Enqueue(said);
        }
    }

    private async Task SendAsync(byte[] bytes, WebSocketMessageType type)
    {
        using var patience = new CancellationTokenSource(Wait.Patience);
        await socket.SendAsync(bytes, type, endOfMessage: true, patience.Token);
    }
}
