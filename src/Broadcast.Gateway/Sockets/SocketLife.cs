using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>The life of an opened socket: until both the client and the event loop are done with it.</summary>
internal static class SocketLife
{
    /// <summary>How long a client has to answer the close frame before its connection is cut.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(
        HttpContext context, OpenedSocket socket, Connection connection, WebSocketReader reader, ISocketMessages messages)
    {
        var reading = ReadAsync(new SocketInput(socket.Input, connection, reader, messages));
        await Task.WhenAny(reading, connection.Completion);
        if (reading.IsCompleted && !await reading)
        {
            connection.PostTransportEnded(Disconnect.GoingAway);
        }

        await connection.Completion;
        await CutAfterTimeoutAsync(context, Task.WhenAll(reading, socket.Transport.Flushed));
    }

    /// <returns>Whether the client said that it goes.</returns>
    private static async Task<bool> ReadAsync(SocketInput input)
    {
        try
        {
            return await input.ReadAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException
            or Microsoft.AspNetCore.Connections.ConnectionResetException or System.Net.WebSockets.WebSocketException)
        {
            return false;
        }
    }

    private static async Task CutAfterTimeoutAsync(HttpContext context, Task end)
    {
        try
        {
            await end.WaitAsync(CloseTimeout);
        }
        catch (TimeoutException)
        {
            context.Abort();
            await end;
        }
    }
}
