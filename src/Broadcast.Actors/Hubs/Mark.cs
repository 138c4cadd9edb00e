namespace Broadcast.Actors;

/// <summary>
/// Finds out from when on a stream gets what a hub publishes: a BroadcastHub does not say when it has taken a new consumer in. The mark goes
/// through the hub, past all others, and comes to the stream if that was taken in; if the hub has published it and it did not come, it is sent
/// again. Touched by that stream only, but for <see cref="Published"/>.
/// </summary>
internal sealed class Mark(Intake hub, TaskCompletionSource joined)
{
    private Action _published = () => { };
    private bool _seen;

    /// <param name="published">Makes the stream call <see cref="Again"/>, from whatever thread.</param>
    public void Begin(Action published)
    {
        _published = published;
        hub.Announce(this);
    }

    /// <summary>The hub has published it.</summary>
    public void Published() => _published();

    public void Again()
    {
        if (!_seen)
        {
            hub.Announce(this);
        }
    }

    /// <summary>A mark came out of the hub, maybe another's.</summary>
    public void See(Mark mark)
    {
        if (mark == this)
        {
            _seen = true;
            joined.TrySetResult();
        }
    }
}
