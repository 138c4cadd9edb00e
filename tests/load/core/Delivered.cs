namespace Broadcast.Load;

/// <summary>
/// Bytes that one event loop has delivered to its clients, and a publisher that waits for some number of them. The loop adds; one
/// publisher waits. It sleeps instead of looking again and again, since the process's CPU time is what is measured.
/// </summary>
internal sealed class Delivered : IDisposable
{
    private const long Nobody = long.MaxValue;

    private readonly SemaphoreSlim _reached = new(0);
    private long _bytes;
    private long _awaited = Nobody;

    public long Bytes => Interlocked.Read(ref _bytes);

    public void Add(int bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) >= Volatile.Read(ref _awaited) && TakesBack())
        {
            _reached.Release();
        }
    }

    public void WaitFor(long bytes)
    {
        Interlocked.Exchange(ref _awaited, bytes);
        if (Bytes >= bytes && TakesBack())
        {
            return;
        }

        if (!_reached.Wait(TimeSpan.FromSeconds(10)))
        {
            throw new InvalidOperationException($"{bytes - Bytes} bytes were not delivered within ten seconds.");
        }
    }

    public void Dispose() => _reached.Dispose();

    /// <returns>True for one of the two: whoever reached it, or who found it reached already.</returns>
    private bool TakesBack() => Interlocked.Exchange(ref _awaited, Nobody) != Nobody;
}
