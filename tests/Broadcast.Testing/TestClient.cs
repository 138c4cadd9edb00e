namespace Broadcast.Testing;

/// <summary>A client of a <see cref="TestNode"/>. What it asks for is posted, and done in its loop's next turn.</summary>
internal sealed class TestClient(Connection connection, FakeTransport transport)
{
    public Connection Connection => connection;

    public FakeTransport Transport => transport;

    public string Id => connection.Id;

    /// <summary>All whole frames it received.</summary>
    public List<TestFrame> Frames => TestFrame.DecodeAll(transport.Received.Span, out _);

    /// <summary>What the room told it, replies and heartbeats left out; publications as their data.</summary>
    public IEnumerable<string> Heard(string room) =>
        Frames.Where(f => f.Room == room && f.Kind is not "reply").Select(f => f.Kind == "pub" ? f.Text : f.ToString());

    /// <summary>The data of the publications it received from a room.</summary>
    public IEnumerable<string> Publications(string room) => Frames.Where(f => f.Room == room && f.Kind == "pub").Select(f => f.Text);

    /// <summary>Why it was ended, or null while it is not.</summary>
    public Disconnect? Ended => connection.Completion.IsCompleted ? connection.Completion.Result : null;

    public Subscription? In(string room) => connection.Find(room);

    /// <summary>It was told that it is connected, without being in a room.</summary>
    public TestClient Greeted()
    {
        connection.PostAction(c => c.Greeted());
        return this;
    }

    public void Join(string room, JoinAt at = default) => connection.PostSubscribe(room, at);

    public void Leave(string room) => connection.PostUnsubscribe(room);

    public void Pause(string room) => connection.PostAction(c => c.Find(room)?.Pause());

    public void Resume(string room) => connection.PostAction(c => c.Find(room)?.Resume());
}
