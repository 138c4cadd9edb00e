namespace Broadcast.Core;

/// <summary>Where a room's publications come from. Read once, by one task, however many clients the room has.</summary>
public interface ISource
{
    /// <summary>Shown to operators and in notices: what kind of source this is and what it reads, e.g. <c>file /var/log/syslog</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Reads from the beginning, or from where it makes sense after a failure. The next item is asked for when the room accepted
    /// the one before. Ends when the source has ended; throws when it failed, and is then read anew after a while.
    /// </summary>
    IAsyncEnumerable<Publication> ReadAsync(CancellationToken cancellation);
}
