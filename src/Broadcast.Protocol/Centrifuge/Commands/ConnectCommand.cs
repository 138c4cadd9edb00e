namespace Broadcast.Protocol;

/// <summary>The first command of every connection.</summary>
internal sealed record ConnectCommand(uint Id) : ClientCommand(Id)
{
    /// <summary>A JSON web token.</summary>
    public string Token { get; init; } = "";

    /// <summary>One JSON value for the application.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>The client's name for itself, such as <c>js</c>.</summary>
    public string Name { get; init; } = "";

    public string Version { get; init; } = "";

    /// <summary>Rooms the server subscribed the client to before, with the positions to recover from.</summary>
    public IReadOnlyDictionary<string, SubscribeCommand> Subs { get; init; } = new Dictionary<string, SubscribeCommand>();
}
