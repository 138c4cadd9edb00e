namespace Broadcast.Core;

/// <summary>
/// Says whether a client has shown no sign of life for too long. A node that stood still, as a machine does that is moved, has asked nobody meanwhile
/// and read nothing: all of its clients have the time for an answer once more, or it would send them away together. Any thread may ask; looked at about
/// once a second, by one.
/// </summary>
internal sealed class PongCheck(ConnectionOptions options, TimeProvider time)
{
    /// <summary>Between two looks; a node that is only busy is late by less.</summary>
    private static readonly TimeSpan s_stoodStill = TimeSpan.FromSeconds(5);

    private long _lookedAt = time.GetTimestamp();
    private long _from = long.MinValue;

    /// <param name="lastReceived">A timestamp, as the next one.</param>
    public bool IsMissing(long lastReceived, long now) =>
        now - lastReceived > time.TicksOf(options.Heartbeat + options.PongTimeout) && now > Volatile.Read(ref _from);

    public void Look()
    {
        var now = time.GetTimestamp();
        if (time.GetElapsedTime(_lookedAt, now) > s_stoodStill)
        {
            Volatile.Write(ref _from, now + time.TicksOf(options.PongTimeout));
        }

        _lookedAt = now;
    }
}
