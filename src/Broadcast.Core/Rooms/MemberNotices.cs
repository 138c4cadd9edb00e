using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// Tells a room's members who comes and goes, on every node. Where the backplane spans nodes it goes through it, also to this node's own
/// members, so that all are told alike; it is not stored, and may be lost with the backplane. Called on event loops; never waits.
/// </summary>
internal sealed class MemberNotices(IBackplane backplane, Metrics metrics, ILogger logger, CancellationToken stopping)
{
    /// <summary>Notices that the backplane has not taken yet; beyond it they are lost.</summary>
    private const int MaxOnTheirWay = 16_384;

    private int _onTheirWay;
    private int _isFailing;

    /// <summary>In the order of calls: the backplane keeps it for one caller, and a client is told of by its own loop only.</summary>
    public void Tell(Room room, Notice notice)
    {
        if (!backplane.SpansNodes)
        {
            room.HandOver(notice);
        }
        else if (Interlocked.Increment(ref _onTheirWay) > MaxOnTheirWay)
        {
            Interlocked.Decrement(ref _onTheirWay);
            Lost(room.Name, "overflow", $"{MaxOnTheirWay} such notices wait for the backplane.");
        }
        else
        {
            _ = TellAllAsync(room.Name, notice);
        }
    }

    private async Task TellAllAsync(string room, Notice notice)
    {
        try
        {
            await backplane.NotifyAsync(room, notice, stopping);
            Volatile.Write(ref _isFailing, 0);
        }
        catch (BackplaneException e)
        {
            Lost(room, "failed", e.Message);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The node stops; whoever it was, was told.
        }
        catch (Exception e)
        {
            metrics.Faults.Add(1);
            NodeLog.NodeFault(logger, e);
        }
        finally
        {
            Interlocked.Decrement(ref _onTheirWay);
        }
    }

    private void Lost(string room, string reason, string sentence)
    {
        metrics.LostNotices.Add(1, new KeyValuePair<string, object?>("reason", reason));
        if (Interlocked.Exchange(ref _isFailing, 1) == 0)
        {
            NodeLog.NoticeLost(logger, room, sentence);
        }
    }
}
