namespace Broadcast.Testing;

/// <summary>Counts what happens elsewhere, and lets a test wait until it happened so often. Any thread.</summary>
public sealed class Tally
{
    private readonly Lock _gate = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _count;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    public void Add()
    {
        lock (_gate)
        {
            _count++;
            _waiting.RemoveAll(w => _count >= w.Count && w.Reached.TrySetResult());
        }
    }

    /// <summary>Returns when it happened so often; fails after 2 min.</summary>
    public Task UntilAsync(int count)
    {
        lock (_gate)
        {
            if (_count >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.WaitAsync(TimeSpan.FromMinutes(2));
        }
    }
}
