namespace Broadcast.Core;

/// <summary>What was read of a history, as entries with frames that all its readers share.</summary>
internal sealed record HistoryRange(LogEntry[] Entries, StreamPosition Top);

/// <summary>
/// Reads a room's history in blocks of 256 offsets: one read per block at a time, and blocks are kept for a moment, so that thousands who
/// resume together cost a handful of reads. Any thread may call it.
/// </summary>
internal sealed class RoomHistory(string room, RoomContext context)
{
    private const int BlockSize = 256;

    /// <summary>Blocks kept after they were read; older ones are read again.</summary>
    private const int MaxKept = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Epoch, ulong Block), Task<HistoryRange>> _reads = [];

    /// <summary>Some of what follows a position: at least one publication, if there is any; maybe some before it too.</summary>
    /// <exception cref="BackplaneException">The task fails with it when the history cannot be read.</exception>
    public Task<HistoryRange> ReadAfter(StreamPosition after)
    {
        var key = (after.Epoch, after.Offset / BlockSize);
        TaskCompletionSource<HistoryRange> answer;
        lock (_gate)
        {
            if (_reads.TryGetValue(key, out var read) && !IsSpent(read, after))
            {
                return read;
            }

            answer = new TaskCompletionSource<HistoryRange>();
            _reads[key] = answer.Task;
        }

        context.Metrics.HistoryReads.Add(1);
        _ = ReadBlockAsync(after with { Offset = key.Item2 * BlockSize }, answer);
        return answer.Task;
    }

    public void Housekeep()
    {
        lock (_gate)
        {
            if (_reads.Count == 0)
            {
                return;
            }

            foreach (var key in _reads.Where(r => r.Value.IsCompleted).Select(r => r.Key).ToArray())
            {
                _reads.Remove(key);
            }
        }
    }

    private bool IsSpent(Task<HistoryRange> read, StreamPosition after)
    {
        if (!read.IsCompleted)
        {
            return false;
        }

        if (!read.IsCompletedSuccessfully || read.Result.Top.Epoch != after.Epoch || _reads.Count > MaxKept)
        {
            // An epoch that was not the history's may be followed by another.
            return true;
        }

        // A block that is not full yet may have more by now; for who is not at its end it is good.
        var entries = read.Result.Entries;
        return entries.Length < BlockSize && (entries.Length == 0 || entries[^1].Position.Offset <= after.Offset);
    }

    private async Task ReadBlockAsync(StreamPosition start, TaskCompletionSource<HistoryRange> answer)
    {
        try
        {
            var page = await context.Backplane.ReadAsync(room, new HistoryQuery(start, BlockSize), context.Stopping);
            var entries = new LogEntry[page.Publications.Count];
            for (var i = 0; i < entries.Length; i++)
            {
                entries[i] = LogEntry.OfHistory(page.Top.Epoch, page.Publications[i]);
            }

            answer.SetResult(new HistoryRange(entries, page.Top));
        }
        catch (Exception e)
        {
            // All who wait for the block are told, each logs what it means to it.
            answer.SetException(e);
        }
    }
}
