namespace Broadcast.Core;

/// <summary>
/// Whether the others may have taken this node for lost. It doubts when it did not hear its own heartbeats for a while, or is told so; then it asks, and ends the
/// clients of whom they have told. Any thread may call it.
/// </summary>
internal sealed class SelfDoubt
{
    private readonly Lock _gate = new();
    private readonly NodeMethod<LossRequest, LossAnswer> _loss;
    private readonly OwnClients _own;
    private readonly Cluster _cluster;
    private readonly Hub _hub;
    private readonly TimeSpan _after;
    private readonly Action<IReadOnlyList<ClientName>> _lost;
    private readonly Action<Exception> _fault;
    private TaskCompletionSource? _doubt;
    private long? _heardAt;
    private bool _isAsking;
    private bool _isOver;

    /// <param name="lost">Told of the clients that have gone, for all that the others were told; before the doubt ends.</param>
    internal SelfDoubt(
        Hub hub, Cluster cluster, ClusterOptions options, OwnClients own, NodeMethod<LossRequest, LossAnswer> loss, Action<IReadOnlyList<ClientName>> lost,
        Action<Exception> fault)
    {
        (_hub, _cluster, _own, _loss, _lost, _fault) = (hub, cluster, own, loss, lost, fault);

        // Long before the others may take it for lost, and later than its heartbeats come.
        _after = TimeSpan.FromTicks(Math.Max(options.Heartbeat.Ticks * 3 / 2, options.GoneAfter.Ticks / 2));
    }

    /// <summary>Whether it is not known now what the others think.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
            {
                return _doubt is not null;
            }
        }
    }

    /// <summary>When this node last heard what it said itself, a timestamp; null if it never has.</summary>
    public long? HeardAt
    {
        get
        {
            lock (_gate)
            {
                return _heardAt;
            }
        }
    }

    public void HeardItself()
    {
        lock (_gate)
        {
            Look();
            _heardAt = _hub.Time.GetTimestamp();
        }
    }

    /// <summary>Another node says that it took this one for lost.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            BeginUnderLock();
        }
    }

    /// <summary>The node stops: nothing is waited for any more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isOver = true;
            End();
        }
    }

    /// <returns>Ends when it is known whether others took this node for lost; null while there is no reason to think so.</returns>
    public Task? Ended()
    {
        lock (_gate)
        {
            Look();
            return _doubt?.Task;
        }
    }

    /// <summary>Asks the others. As long as it cannot be known, it is to be asked again with the next heartbeat.</summary>
    public async Task FindOutAsync()
    {
        lock (_gate)
        {
            if (_isAsking || _doubt is null)
            {
                return;
            }

            _isAsking = true;
        }

        try
        {
            var answers = await _cluster.CallAsync(_loss, new LossRequest(_cluster.Id, _own.Mark.Generation));
            if (answers.Select(a => a.Value?.Mark).FirstOrDefault(m => m is not null) is { } upTo)
            {
                _lost(_own.Lose(upTo));
            }
            else if (answers.Any(a => !a.IsAnswered))
            {
                return;
            }

            lock (_gate)
            {
                End();
            }
        }
        catch (Exception e)
        {
            _fault(e);
        }
        finally
        {
            lock (_gate)
            {
                _isAsking = false;
            }
        }
    }

    /// <summary>Under the lock.</summary>
    private void Look()
    {
        if (_heardAt is { } last && _hub.Time.GetElapsedTime(last) > _after && _own.Mark.Number > 0)
        {
            BeginUnderLock();
        }
    }

    /// <summary>Under the lock.</summary>
    private void BeginUnderLock()
    {
        if (!_isOver)
        {
            _doubt ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Under the lock.</summary>
    private void End()
    {
        _doubt?.TrySetResult();
        _doubt = null;
    }
}
