namespace Broadcast.Core;

/// <summary>
/// Code of the application that says something of sessions, such as which view they get. It is asked on the thread pool when a connection comes and whenever its
/// session was replaced, never on an event loop. As long as it has not answered for the session as it is now, <see cref="Connection.Reading"/> is null,
/// and what depends on it waits. Any thread may call it.
/// </summary>
internal sealed class SessionReaders(Hub hub)
{
    private Func<Session, object?>[] _readers = [];

    /// <summary>Before there are connections.</summary>
    /// <param name="read">Never throws.</param>
    /// <returns>Where its value stands in a <see cref="SessionReading"/>.</returns>
    public int Add(Func<Session, object?> read)
    {
        _readers = [.. _readers, read];
        return _readers.Length - 1;
    }

    /// <summary>Never waits. Of a session that is replaced again and again only the last one is read.</summary>
    public void Changed(Connection connection)
    {
        if (_readers.Length > 0 && connection.TryBeginReading())
        {
            hub.OffLoops(() => Read(connection));
        }
    }

    private void Read(Connection connection)
    {
        SessionReading reading;
        do
        {
            var session = connection.SessionToRead();
            reading = new SessionReading(session, Array.ConvertAll(_readers, r => r(session)));
        }
        while (!connection.TryEndReading(reading));

        // What waited for it goes on.
        connection.Loop.Post(new LoopAction(connection.Drain));
    }
}
