using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Broadcast.Server.Tests;

/// <summary>The chat of docs/application.md, taken from the page, compiled and run.</summary>
public sealed class ApplicationPageTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact, Trait("row", "S2.12"), Trait("row", "S2.13"), Trait("row", "S2.47")]
    public async Task The_chat_of_the_page_is_thirty_lines_that_run_as_they_stand()
    {
        var program = ExampleApplication.Block("csharp");
        Assert.InRange(program.Split('\n').Length, 1, 30);
        await using var chat = await ExampleApplication.StartAsync(program, ExampleApplication.Block("html"));
        using var http = new HttpClient();
        Assert.Contains("<ul id=\"messages\">", await http.GetStringAsync(chat.Address), StringComparison.Ordinal);
        using var ann = await ConnectAsync(chat.Address);
        using var bob = await ConnectAsync(chat.Address);

        await SayAsync(ann, """{"name":"<Ann>","text":"Hello & good morning"}""");

        var row = (await NextAsync(bob)).GetProperty("data");
        Assert.Equal(("#messages", "beforeend"), (row.GetProperty("target").GetString(), row.GetProperty("swap").GetString()));
        Assert.StartsWith("<li><b title=\"&lt;Ann&gt;\">&lt;Ann&gt;</b> Hello &amp; good morning <i>", row.GetProperty("html").GetString(), StringComparison.Ordinal);
        var updates = (await AnswerAsync(ann)).GetProperty("result").GetProperty("data").GetProperty("updates");
        Assert.Equal(("#text", "outerHTML"), (updates[0].GetProperty("target").GetString(), updates[0].GetProperty("swap").GetString()));

        await SayAsync(bob, """{"name":"Bob","text":""}""");
        Assert.Equal("The Text field is required.", (await AnswerAsync(bob)).GetProperty("error").GetProperty("message").GetString());
        await bob.SendAsync(Encoding.UTF8.GetBytes("""{"id":2,"publish":{"data":"<script>"}}"""), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        Assert.Equal(103, (await AnswerAsync(bob)).GetProperty("error").GetProperty("code").GetInt32());
    }

    private static async Task<ClientWebSocket> ConnectAsync(Uri address)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(new Uri(address, "/rooms/chat/socket?envelope=1")) { Scheme = "ws" }.Uri, CancellationToken.None).WaitAsync(s_patience);
        Assert.True((await NextAsync(socket)).TryGetProperty("open", out _));
        return socket;
    }

    private static Task SayAsync(ClientWebSocket socket, string data) =>
        socket.SendAsync(Encoding.UTF8.GetBytes($$$"""{"id":1,"rpc":{"method":"say","data":{{{data}}}}}"""), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    private static async Task<JsonElement> AnswerAsync(ClientWebSocket socket)
    {
        while (true)
        {
            var said = await NextAsync(socket);
            if (said.TryGetProperty("id", out _))
            {
                return said;
            }
        }
    }

    private static async Task<JsonElement> NextAsync(ClientWebSocket socket)
    {
        var buffer = new byte[16 << 10];
        var read = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).AsTask().WaitAsync(s_patience);
        return JsonSerializer.Deserialize<JsonElement>(buffer.AsSpan(0, read.Count));
    }
}
