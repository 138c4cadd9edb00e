namespace Broadcast.Testing;

/// <summary>One node of a <see cref="TestCluster"/>.</summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    internal ClusterNode(string name, SharedBackplane backplane, RoomRule rule, ManualTime time, ClusterOptions options, MailboxOptions mailboxes, SessionOptions sessions)
    {
        (Name, Backplane) = (name, backplane);
        Hub = new Hub(new HubOptions { EventLoops = 2, Sessions = sessions, Mailboxes = mailboxes }, backplane, _ => rule, time, Logger, threads: false);
        Cluster = new Cluster(Hub, name, options, Logger);
    }

    public string Name { get; }

    public SharedBackplane Backplane { get; }

    public RecordingLogger Logger { get; } = new();

    public Hub Hub { get; }

    public Cluster Cluster { get; }

    /// <summary>The names of the nodes that this one knows, its own first.</summary>
    public IEnumerable<string> Known => Cluster.Nodes.Select(n => n.Name);

    internal bool HasWork => Hub.Loops.Any(l => l.HasWork);

    public TestClient Connect(string? user = null, TestDialect? dialect = null)
    {
        Assert.True(Hub.TryReserve());
        var transport = new FakeTransport();
        return new TestClient(Hub.Connect(transport, dialect ?? TestDialect.Full, user), transport);
    }

    /// <summary>A client that asks to be in a room.</summary>
    public TestClient Join(string room, string? user = null)
    {
        var client = Connect(user);
        client.Join(room);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await Hub.DisposeAsync();
        Assert.DoesNotContain(Logger.Lines, l => l.Text.Contains("unexpected fault", StringComparison.Ordinal));
    }

    internal void Turn()
    {
        foreach (var loop in Hub.Loops)
        {
            while (loop.Turn())
            {
            }
        }
    }
}
