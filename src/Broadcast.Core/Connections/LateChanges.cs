using System.Collections.Concurrent;

namespace Broadcast.Core;

/// <summary>
/// Guards what event loops change and other threads read. Who reads may take its time; who changes something never waits for that, but leaves the change to
/// who reads. Any thread may call it.
/// </summary>
/// <param name="make">Makes a change; one at a time, in the order they came. It must not fail.</param>
internal sealed class LateChanges<T>(Action<T> make)
{
    private readonly ConcurrentQueue<T> _changes = new();
    private readonly Lock _gate = new();

    /// <summary>Never waits. The change is made before anybody reads again.</summary>
    public void Add(T change)
    {
        _changes.Enqueue(change);
        MakeUnlessRead();
    }

    /// <summary>Reads what all changes made that were added before. Waits for who reads already.</summary>
    public TResult Read<TResult>(Func<TResult> read)
    {
        try
        {
            lock (_gate)
            {
                MakeAll();
                return read();
            }
        }
        finally
        {
            // Who added something meanwhile did not get in.
            MakeUnlessRead();
        }
    }

    private void MakeUnlessRead()
    {
        while (!_changes.IsEmpty && _gate.TryEnter())
        {
            try
            {
                MakeAll();
            }
            finally
            {
                _gate.Exit();
            }
        }
    }

    /// <summary>Under the lock.</summary>
    private void MakeAll()
    {
        while (_changes.TryDequeue(out var change))
        {
            make(change);
        }
    }
}
