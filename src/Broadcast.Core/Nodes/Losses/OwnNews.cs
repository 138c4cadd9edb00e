namespace Broadcast.Core;

/// <summary>Tells the other nodes of this one's clients: in batches what has changed, and in pages all of them to who asks. Any thread may call it.</summary>
/// <param name="hasOthers">Whether there is somebody to tell.</param>
internal sealed class OwnNews(Hub hub, Cluster cluster, OwnClients own, LossPost post, Func<bool> hasOthers)
{
    /// <summary>How long what is told is gathered.</summary>
    private static readonly TimeSpan s_batch = TimeSpan.FromMilliseconds(100);

    private readonly HashSet<string> _askers = new(StringComparer.Ordinal);
    private int _isTelling;

    /// <summary>Something has changed.</summary>
    public void TellSoon()
    {
        if (Interlocked.Exchange(ref _isTelling, 1) == 0)
        {
            _ = TellAsync();
        }
    }

    public async Task TellAllAsync(string asker)
    {
        lock (_askers)
        {
            if (!_askers.Add(asker))
            {
                return;
            }
        }

        // The backplane's thread has other rooms to hand over to.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        foreach (var page in own.All())
        {
            await post.SendAsync(asker, LetterKind.Clients, page);
        }

        lock (_askers)
        {
            _askers.Remove(asker);
        }
    }

    /// <summary>One at a time. A batch that gets lost, or that nobody is there for, is missing to who hears the next one or a heartbeat; then the list is asked for.</summary>
    private async Task TellAsync()
    {
        try
        {
            do
            {
                await Task.Delay(s_batch, hub.Time, cluster.Ended);
                while (own.Next() is { } news)
                {
                    if (hasOthers())
                    {
                        await post.SendAsync(null, LetterKind.Clients, news);
                    }
                }

                Volatile.Write(ref _isTelling, 0);
            }
            while (own.HasNews && Interlocked.Exchange(ref _isTelling, 1) == 0);
        }
        catch (OperationCanceledException) when (cluster.Ended.IsCancellationRequested)
        {
            // The node stops, and tells of its clients itself.
        }
    }
}
