namespace Broadcast.Actors;

/// <summary>
/// One reading of a source, from where it begins to its end or failure, after which it is closed. It calls the source's own code, so not on an
/// actor's thread; one call at a time.
/// </summary>
internal sealed class SourceReading(Attachment attachment, CancellationToken stop)
{
    private IAsyncEnumerator<Publication>? _items;

    /// <summary>Never fails.</summary>
    public async Task<SourceRead> NextAsync()
    {
        try
        {
            _items ??= attachment.Source.ReadAsync(stop).GetAsyncEnumerator(stop);
            var isItem = await _items.MoveNextAsync();
            stop.ThrowIfCancellationRequested();
            if (isItem)
            {
                return new SourceRead(Attachment.Checked(_items.Current), null);
            }

            await CloseAsync();
            return new SourceRead(null, null);
        }
        catch (Exception e)
        {
            // Also a cancellation that is not ours: a time-out inside the source is a failure like any other.
            await CloseAsync();
            return new SourceRead(null, e);
        }
    }

    /// <summary>Never fails, and does nothing if it was closed before.</summary>
    public async Task CloseAsync()
    {
        if (_items is { } items)
        {
            _items = null;
            await attachment.CloseAsync(items);
        }
    }
}
