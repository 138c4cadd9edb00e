using System.Security.Claims;
using System.Text.Json;

namespace Broadcast.Gateway;

/// <summary>A client, as the application's handlers and hooks have it. Any thread may use it.</summary>
internal sealed class HandlerConnection : IConnection
{
    private readonly Connection _connection;
    private readonly HandlerPool _pool;
    private bool _isApiKey;

    public HandlerConnection(Connection connection, HandlerPool pool)
    {
        (_connection, _pool) = (connection, pool);
        var gone = new CancellationTokenSource();
        Gone = gone.Token;
        _ = CancelWhenGoneAsync(gone);
    }

    public string Id => _connection.Id;

    public string? User => Session.User;

    public ClaimsPrincipal Principal => Session.Principal;

    public Session Session => _connection.Session;

    public DateTimeOffset LastActivity => _connection.LastActivity;

    public CancellationToken Gone { get; }

    /// <summary>Whether it is a back end, which no session says. Set by the task that reads from the client, with each request.</summary>
    public bool IsApiKey
    {
        get => Volatile.Read(ref _isApiKey);
        set => Volatile.Write(ref _isApiKey, value);
    }

    public void UpdateSession(Func<Session, Session> update)
    {
        if (_connection.UpdateSession(update) is { } refusal)
        {
            throw new RequestException(refusal);
        }
    }

    public async Task JoinAsync(string room)
    {
        var refusal = RoomName.Refusal(room);
        if (refusal is null)
        {
            // Where the room stands before the handler can tell anybody that the client is in it.
            var at = JoinAt.After(await _connection.Loop.Hub.PositionAsync(room));
            refusal = "The client has gone.";
            await _connection.PostAction(c => refusal = c.State == ConnectionState.Open ? c.Take(room, at) : refusal);
        }

        if (refusal is not null)
        {
            throw new RequestException(refusal);
        }
    }

    public Task LeaveAsync(string room) => _connection.PostAction(c =>
    {
        if (c.Find(room) is { } subscription)
        {
            c.Dialect.Unsubscribe(c, subscription, UnsubscribeReason.Server);
        }
    });

    public Task SendAsync<T>(T message)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message, _pool.Json);
        if (_pool.SizeRefusal(json.Length) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(message));
        }

        var bytes = _connection.Dialect.Message(json, ContentKind.Json);
        return _connection.PostAction(c => c.Mail.Send(bytes, letter: null));
    }

    public Task CloseAsync(Disconnect reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return _connection.PostClose(reason);
    }

    public Task PostAsync(ReadOnlyMemory<byte> frame) => _connection.PostReply(frame);

    private async Task CancelWhenGoneAsync(CancellationTokenSource gone)
    {
        await _connection.Completion;
        try
        {
            await gone.CancelAsync();
        }
        catch (AggregateException e)
        {
            _pool.CancellingFailed(this, e);
        }
    }
}
