namespace Broadcast.Example;

/// <summary>Reaches whoever has signed in, over all their connections on all nodes, also those that signed in long after they connected.</summary>
internal sealed class People(IConnections connections, IBroadcaster broadcaster)
{
    /// <returns>How many connections it was sent to.</returns>
    public async Task<int> SendAsync<T>(string person, T message)
    {
        var sent = 0;
        foreach (var client in await FindAsync(Person.IdName, person))
        {
            sent += await broadcaster.SendAsync(client.Client, message) ? 1 : 0;
        }

        return sent;
    }

    public Task<int> NotifyAsync(string person, string type, string title, string message) => SendAsync(
        person, new Fragment("#notifications", $"""<div class="notification {type}"><b>{title}</b> {message}</div>""", Swap.AfterBegin));

    public async Task<IReadOnlyList<ClientStatus>> FindAsync(string attribute, string value)
    {
        var answers = await connections.FindAsync(ConnectionQuery.WithAttribute(attribute, value));
        return [.. answers.SelectMany(a => a.Value?.Clients ?? [])];
    }
}
