namespace Broadcast.Core;

/// <summary>Says at each check from when on a client must have shown a sign of life. Any thread may ask; looked at about once a second, by one.</summary>
internal sealed class IdleCheck(IdleOptions options, TimeProvider time)
{
    private long _lookedAt = time.GetTimestamp();
    private long _since = long.MinValue;

    /// <param name="lastActivity">A timestamp.</param>
    public bool IsIdle(Connection connection, long lastActivity) =>
        lastActivity < Volatile.Read(ref _since) && (options.Listeners || connection.Dialect.ExpectsSignsOfLife);

    public void Look()
    {
        var now = time.GetTimestamp();
        if (options.Timeout > TimeSpan.Zero && time.GetElapsedTime(_lookedAt, now) >= options.Check)
        {
            _lookedAt = now;
            Volatile.Write(ref _since, now - time.TicksOf(options.Timeout));
        }
    }
}
