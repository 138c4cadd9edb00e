namespace Broadcast.Gateway;

/// <summary>
/// Publications of one client that wait for the backplane: in order, without one waiting for the one before, but bounded; beyond it the
/// client is not read. Touched by the task that reads from the client.
/// </summary>
internal sealed class InFlight(int max)
{
    private readonly Queue<Task> _waiting = new();

    /// <summary>Waits until one more may be begun.</summary>
    public async ValueTask MakePlaceAsync()
    {
        while (_waiting.Count >= max || (_waiting.TryPeek(out var oldest) && oldest.IsCompleted))
        {
            await _waiting.Dequeue();
        }
    }

    public void Add(Task publishing)
    {
        if (!publishing.IsCompletedSuccessfully)
        {
            _waiting.Enqueue(publishing);
        }
    }
}
