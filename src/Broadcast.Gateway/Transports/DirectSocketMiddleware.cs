using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Broadcast.Gateway;

/// <summary>
/// Lets event loops send on Kestrel's own sockets. Kestrel answers "flushed" when its pipe has the bytes, not when the socket has: a
/// direct send then overtakes the 101 that opens a WebSocket. This puts an output below HTTP that writes to the socket itself.
/// </summary>
public static class DirectSocketMiddleware
{
    /// <summary>Adds it to an endpoint. Without it, or under TLS, clients are served through Kestrel's pipe.</summary>
    public static TBuilder UseDirectSockets<TBuilder>(this TBuilder endpoint)
        where TBuilder : IConnectionBuilder
    {
        endpoint.Use(next => connection => ServeAsync(connection, next));
        return endpoint;
    }

    private static async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            await next(connection);
            return;
        }

        var direct = new DirectSocket(socket, connection);
        try
        {
            await ServeHttpAsync(direct, next);
        }
        finally
        {
            if (direct.AfterHttp is { } opened)
            {
                // For hours, nothing is held that was needed once.
                direct.AfterHttp = null;
                await opened();
            }
        }
    }

    private static async Task ServeHttpAsync(DirectSocket direct, ConnectionDelegate next)
    {
        var (socket, connection) = (direct.Socket, direct.Connection);

        // What is still unsent when a connection ends is tried once, and must not hold a thread of the pool.
        socket.Blocking = false;
        var below = connection.Transport;
        var heartbeat = new HttpHeartbeat(connection.Features.GetRequiredFeature<IConnectionHeartbeatFeature>());
        var output = PipeWriter.Create(new SocketOutput(socket, connection), new StreamPipeWriterOptions(leaveOpen: true));
        connection.Transport = new Duplex(below.Input, output);
        connection.Features.Set(direct);
        connection.Features.Set<IConnectionHeartbeatFeature>(heartbeat);
        try
        {
            await next(connection);
        }
        finally
        {
            await output.CompleteAsync();
            heartbeat.End();
            connection.Transport = below;
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
