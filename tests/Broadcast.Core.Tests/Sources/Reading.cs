using System.Text;

namespace Broadcast.Core.Tests.Sources;

/// <summary>Reads a source item by item, moving the clock whenever the source waits for it.</summary>
internal sealed class Reading : IAsyncDisposable
{
    private readonly ManualTime _time;
    private readonly TimeSpan _step;
    private readonly CancellationTokenSource _cancel = new();
    private readonly IAsyncEnumerator<Publication> _items;
    private Task<bool>? _next;

    public Reading(ISource source, ManualTime time, TimeSpan step)
    {
        (_time, _step) = (time, step);
        _items = source.ReadAsync(_cancel.Token).GetAsyncEnumerator();
    }

    /// <returns>Null if the source ended.</returns>
    public async Task<Publication?> NextAsync()
    {
        var next = _next ??= _items.MoveNextAsync().AsTask();
        for (var steps = 0; !await IsDoneAsync(next); steps++)
        {
            Assert.True(steps < 100, "The source published nothing however often it looked.");
            _time.Advance(_step);
        }

        _next = null;
        return await next ? _items.Current : null;
    }

    public async Task<string?> NextTextAsync() => await NextAsync() is { } item ? Encoding.UTF8.GetString(item.Data.Span) : null;

    public async Task<List<string>> RestAsync()
    {
        var all = new List<string>();
        while (await NextTextAsync() is { } text)
        {
            all.Add(text);
        }

        return all;
    }

    /// <summary>The source looks that often and finds nothing.</summary>
    public async Task NothingAsync(int looks = 4)
    {
        var next = _next ??= _items.MoveNextAsync().AsTask();
        for (var look = 0; look < looks; look++)
        {
            Assert.False(await IsDoneAsync(next), "The source published something.");
            _time.Advance(_step);
        }

        Assert.False(await IsDoneAsync(next), "The source published something.");
    }

    public async Task CancelAsync()
    {
        var next = _next ??= _items.MoveNextAsync().AsTask();
        await _cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        _next = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_next is { } next)
        {
            await _cancel.CancelAsync();
            await next.ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        await _items.DisposeAsync();
        _cancel.Dispose();
    }

    /// <returns>True if it is done, false if it waits for the clock.</returns>
    private async Task<bool> IsDoneAsync(Task next)
    {
        await Task.WhenAny(next, _time.UntilArmedAsync());
        return next.IsCompleted;
    }
}
