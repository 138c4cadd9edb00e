namespace Broadcast.SystemTests;

/// <summary>Three of them, which answer alike.</summary>
internal sealed class FakeNodes(string? status) : IAsyncDisposable
{
    private readonly FakeNode[] _nodes = [new(status), new(status), new(status)];

    public IEnumerable<string> Heads => _nodes.SelectMany(n => n.Requests);

    public int Requests => _nodes.Sum(n => n.Requests.Count);

    public Task<Nginx> InFrontAsync() => Nginx.StartAsync([.. _nodes.Select(n => n.Port)]);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}
