using System.Diagnostics.Metrics;

namespace Broadcast.Gateway;

/// <summary>The sums of one instrument, one per set of labels. Any thread may add: one that adds on an event loop neither waits nor allocates.</summary>
internal sealed class Tally(Instrument instrument)
{
    private readonly Lock _adding = new();
    private Sum[] _sums = [];

    public Instrument Instrument { get; } = instrument;

    /// <summary>Few: labels are outcomes and reasons that the code names, never what a client says.</summary>
    public IReadOnlyList<Sum> Sums => Volatile.Read(ref _sums);

    public void Add(long value, ReadOnlySpan<KeyValuePair<string, object?>> labels) => SumOf(labels).Add(value);

    /// <summary>For instruments that tell how much there is, and not how much was added.</summary>
    public void Set(long value, ReadOnlySpan<KeyValuePair<string, object?>> labels) => SumOf(labels).Set(value);

    private Sum SumOf(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        foreach (var sum in Volatile.Read(ref _sums))
        {
            if (sum.Has(labels))
            {
                return sum;
            }
        }

        return NewSumOf(labels);
    }

    private Sum NewSumOf(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        lock (_adding)
        {
            foreach (var sum in _sums)
            {
                if (sum.Has(labels))
                {
                    return sum;
                }
            }

            var fresh = new Sum(labels.ToArray());
            Volatile.Write(ref _sums, [.. _sums, fresh]);
            return fresh;
        }
    }

    /// <summary>One sum. Any thread.</summary>
    internal sealed class Sum(KeyValuePair<string, object?>[] labels)
    {
        private long _value;

        public IReadOnlyList<KeyValuePair<string, object?>> Labels => labels;

        public long Value => Volatile.Read(ref _value);

        public void Add(long value) => Interlocked.Add(ref _value, value);

        public void Set(long value) => Volatile.Write(ref _value, value);

        public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> others)
        {
            if (others.Length != labels.Length)
            {
                return false;
            }

            for (var i = 0; i < labels.Length; i++)
            {
                if (others[i].Key != labels[i].Key || !Equals(others[i].Value, labels[i].Value))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
