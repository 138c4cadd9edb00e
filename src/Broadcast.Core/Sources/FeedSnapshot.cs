namespace Broadcast.Core;

/// <summary>The state of a feed at one moment; see <see cref="SourceStatus"/>.</summary>
internal sealed record FeedSnapshot(
    SourceState State, DateTimeOffset Since, string? Reason = null, int Attempt = 0, DateTimeOffset? NextTry = null)
{
    /// <summary>Whether the source gives nothing any more.</summary>
    public bool IsOver => State is SourceState.Ended or SourceState.Failed;

    public SourceStatus ToStatus(Attachment attachment, bool isPaused, long read, int restarts) =>
        new(attachment.Name, attachment.Room, State, isPaused, Since, read, restarts, Reason, Attempt, NextTry);
}
