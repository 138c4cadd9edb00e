namespace Broadcast.Core;

/// <summary>What code of the application said of one session, and of no other. Immutable.</summary>
internal sealed class SessionReading(Session session, object?[] values)
{
    public Session Session => session;

    /// <param name="reader">What <see cref="SessionReaders.Add"/> gave.</param>
    public object? this[int reader] => values[reader];
}
