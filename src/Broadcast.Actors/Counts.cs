using System.Diagnostics.Metrics;

namespace Broadcast.Actors;

/// <summary>What this node counts of the cluster; names and units are listed in docs/operations.md.</summary>
internal sealed class Counts : IDisposable
{
    private int _owned;

    /// <param name="members">Nodes of the cluster, as this one sees it.</param>
    /// <param name="untaken">Bytes handed over and not taken yet.</param>
    public Counts(Func<int> members, Func<long> untaken)
    {
        DeadLetters = Meter.CreateCounter<long>("broadcast.akka_dead_letters", description: "messages whose receiver was gone");
        Reads = Meter.CreateCounter<long>("broadcast.akka_reads", description: "reads of histories and positions");
        Timeouts = Meter.CreateCounter<long>("broadcast.akka_timeouts", description: "questions that a room's owner did not answer in time");
        Meter.CreateObservableUpDownCounter("broadcast.akka_members", members, description: "nodes of the cluster, as this one sees it");
        Meter.CreateObservableUpDownCounter("broadcast.akka_untaken_bytes", untaken, "By", "handed over to other nodes and not taken yet");
        Meter.CreateObservableUpDownCounter("broadcast.akka_owned_rooms", () => Volatile.Read(ref _owned), description: "rooms that this node owns");
    }

    public Meter Meter { get; } = new(Metrics.MeterName);

    public Counter<long> DeadLetters { get; }

    public Counter<long> Reads { get; }

    public Counter<long> Timeouts { get; }

    public void Owned(int more) => Interlocked.Add(ref _owned, more);

    public void Dispose() => Meter.Dispose();
}
