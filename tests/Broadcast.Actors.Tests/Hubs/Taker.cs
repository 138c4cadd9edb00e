using System.Collections.Concurrent;
using Akka;
using Akka.Streams.Dsl;

namespace Broadcast.Actors.Tests.Hubs;

/// <summary>A consumer that writes down what it takes, and may be made to stop taking.</summary>
internal sealed class Taker<T>
{
    private volatile TaskCompletionSource? _held;

    public Taker() => Sink = Akka.Streams.Dsl.Sink.ForEachAsync<T>(1, TakeAsync).MapMaterializedValue(done =>
    {
        Done = done;
        return NotUsed.Instance;
    });

    public Sink<T, NotUsed> Sink { get; }

    /// <summary>The end of its stream.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    public ConcurrentQueue<T> Taken { get; } = new();

    public Tally Count { get; } = new();

    /// <summary>Thrown instead of taking the next one.</summary>
    public Exception? Fault { get; set; }

    /// <summary>From now on it takes one more, and keeps it in its hand until <see cref="Release"/>.</summary>
    public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => Interlocked.Exchange(ref _held, null)?.SetResult();

    private async Task TakeAsync(T item)
    {
        if (Fault is { } fault)
        {
            throw fault;
        }

        Taken.Enqueue(item);
        Count.Add();
        if (_held is { } held)
        {
            await held.Task;
        }
    }
}
