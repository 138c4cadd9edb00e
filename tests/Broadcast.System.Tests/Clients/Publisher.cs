namespace Broadcast.SystemTests;

/// <summary>
/// A member that publishes on its own socket and hears what it published: never more than some are under way, so that a slow machine
/// makes it slow and nothing else.
/// </summary>
internal sealed class Publisher(SocketClient socket, Load load) : IDisposable
{
    private const int MostUnderWay = 64;

    private int _sent;
    private int _heard;

    public static async Task<Publisher> ConnectAsync(int port, string room, Load load) =>
        new(await SocketClient.ConnectAsync(port, room), load);

    /// <summary>Publishes the next numbers, from 0 on.</summary>
    public async Task PublishAsync(int count)
    {
        for (var end = _sent + count; _sent < end; _sent++)
        {
            await socket.SendTextAsync(load.Text(_sent));
            await HearAsync(MostUnderWay);
        }
    }

    /// <summary>Waits until the node has delivered everything to this client.</summary>
    public Task DrainAsync() => HearAsync(0);

    public void Dispose() => socket.Dispose();

    private async Task HearAsync(int underWay)
    {
        while (_sent - _heard > underWay)
        {
            var message = await socket.NextAsync();
            Assert.Equal(SocketMessage.Text, message.Opcode);
            Assert.Equal(_heard++, load.Check(message.Payload.Span));
        }
    }
}
