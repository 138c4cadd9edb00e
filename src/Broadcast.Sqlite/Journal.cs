using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Broadcast.Sqlite;

/// <summary>
/// The line of what is to be written, and the one thread that writes. What waits when it comes back from the disk is written together, in one
/// transaction: the slower the disk, the larger the groups. Any thread may add.
/// </summary>
internal sealed class Journal : IAsyncDisposable
{
    /// <summary>Entries in one transaction, so that the first of them does not wait for ever.</summary>
    private const int MaxGroup = 1_024;

    private readonly BlockingCollection<Entry> _waiting = [];
    private readonly List<Entry> _group = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Ledger _ledger;
    private readonly ILogger _logger;
    private readonly Gate _publications;

    public Journal(Ledger ledger, DataOptions options, ILogger logger)
    {
        (_ledger, _logger) = (ledger, logger);
        _publications = new Gate(options.MaxWaiting, options.MaxWaitingBytes);
        new Thread(Work) { Name = "broadcast journal", IsBackground = true }.Start();
    }

    /// <summary>Entries keep the order in which they were added. Publications are bounded; what else is asked is bounded by rooms and clients.</summary>
    /// <returns>False if too much waits already, or nothing is taken any more: see <see cref="IsClosed"/>.</returns>
    public bool TryAdd(Entry entry)
    {
        if (entry.Cost > 0 && !_publications.TryEnter(entry.Cost))
        {
            return false;
        }

        try
        {
            _waiting.Add(entry);
            return true;
        }
        catch (InvalidOperationException)
        {
            Uncount(entry);
            return false;
        }
    }

    public bool IsClosed => _waiting.IsAddingCompleted;

    /// <summary>Takes no more, and ends when what waits was written.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.CompleteAdding();
        await _ended.Task;
    }

    private void Work()
    {
        while (TryTakeGroup())
        {
            try
            {
                WriteGroup();
            }
            catch (Exception e)
            {
                Log.JournalFault(_logger, e);
                _group.ForEach(entry => entry.Fail(e));
            }
        }

        _ledger.Dispose();
        _ended.SetResult();
    }

    private bool TryTakeGroup()
    {
        _group.Clear();
        if (!TryTake(Timeout.Infinite, out var first))
        {
            return false;
        }

        _group.Add(first);
        while (_group.Count < MaxGroup && TryTake(0, out var next))
        {
            _group.Add(next);
        }

        return true;
    }

    private bool TryTake(int patience, [NotNullWhen(true)] out Entry? entry)
    {
        if (!_waiting.TryTake(out entry, patience))
        {
            return false;
        }

        Uncount(entry);
        return true;
    }

    private void Uncount(Entry entry)
    {
        if (entry.Cost > 0)
        {
            _publications.Leave(entry.Cost);
        }
    }

    private void WriteGroup()
    {
        StoreFailure? failure = null;
        if (_group.Exists(entry => entry.Writes))
        {
            failure = _ledger.Try(() => _group.ForEach(entry => entry.Write(_ledger)));
        }

        // What was too much for one of them should not be the others' loss, nor keep old publications from going.
        var alone = failure is { IsOfOne: true } && _group.Count > 1;
        foreach (var entry in _group)
        {
            var of = alone ? entry.Writes ? _ledger.Try(() => entry.Write(_ledger)) : null : failure;
            entry.Finish(_ledger, of);
        }
    }
}
