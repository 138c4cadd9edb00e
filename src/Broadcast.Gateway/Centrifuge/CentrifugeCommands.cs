namespace Broadcast.Gateway;

/// <summary>
/// What the commands of one client mean. Each is answered before the next is begun, but for publications, whose answers come in their own
/// order, and requests for handlers. Called by the task that reads from the client; what concerns subscriptions is done on the loop.
/// </summary>
internal sealed class CentrifugeCommands(CentrifugeContext context, Connection connection, Caller caller, OpenedSocket socket) : ISocketMessages
{
    private readonly CentrifugeConnect _connect = new(context, connection, caller, socket);
    private readonly CentrifugeRooms _rooms = new(context, connection, socket);
    private readonly RateGate? _gate = context.Options.CommandRate.PerSecond > 0 ? new RateGate(context.Options.CommandRate, context.Hub.Time) : null;
    private HandlerQueue? _requests;
    private bool _isOver;
    private int _pongs;

    public async ValueTask TakeAsync(Opcode opcode, ReadOnlyMemory<byte> message)
    {
        var reader = new CommandReader(message);
        while (!_isOver && reader.TryRead(out var command))
        {
            if (_gate is not null && command is not PongCommand && !_gate.TryPass(out _))
            {
                context.Rates.Count();
                await EndAsync(Disconnect.TooManyRequests);
                return;
            }

            await TakeAsync(command);
        }

        if (!_isOver && reader.Violation is { } violation)
        {
            await EndAsync(violation);
        }
    }

    public ValueTask TakenAsync() => _rooms.TakenAsync();

    public void End() => _connect.StopWaiting();

    private async ValueTask TakeAsync(ClientCommand command)
    {
        if (command is not RoomPublishCommand)
        {
            await TakenAsync();
        }

        if (command is ConnectCommand connect && !_connect.WasTried)
        {
            if (await _connect.TryAsync(connect) is { } end)
            {
                await EndAsync(end);
            }

            return;
        }

        // The first command is connect, the only one of its kind; after it was refused, nothing else is left to say.
        if (_connect.Caller is not { } who || command is ConnectCommand)
        {
            await EndAsync(Disconnect.BadRequest);
            return;
        }

        switch (command)
        {
            case PongCommand:
                // More answers than questions.
                if (++_pongs > connection.HeartbeatCount)
                {
                    await EndAsync(Disconnect.BadRequest);
                }

                break;
            case SendCommand:
                // Nobody listens to it.
                await EndAsync(Disconnect.NotAvailable);
                break;
            case RefreshCommand refresh:
                if (await _connect.RefreshAsync(refresh) is { } expired)
                {
                    await EndAsync(expired);
                }

                break;
            case RpcCommand rpc when !context.Handlers.IsEmpty:
                _requests ??= context.Handlers.QueueOf(connection);
                await _requests.TakeAsync(new CentrifugeRequest(rpc), who);
                break;
            case PingCommand or RpcCommand or SubRefreshCommand:
                await connection.PostReply(text => Replies.WriteError(text, command.Id, ErrorCode.NotAvailable));
                break;
            default:
                await _rooms.TakeAsync(command, who);
                break;
        }
    }

    private async Task EndAsync(Disconnect disconnect)
    {
        _isOver = true;

        // Also where what is wrong is no command.
        await TakenAsync();
        await connection.PostClose(disconnect);
    }
}
