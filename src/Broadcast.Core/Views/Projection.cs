namespace Broadcast.Core;

/// <summary>What a view shows of one entry: it was not asked for, is awaited, or known for good. Changed under its entry's lock, read without.</summary>
/// <param name="next">Another view's of the same entry, or null.</param>
internal sealed class Projection(View view, Projection? next)
{
    private TaskCompletionSource<LogEntry>? _whenShown;
    private LogEntry? _shown;
    private LogEntry? _own;
    private bool _isAsked;
    private int _counted;

    public View View => view;

    public Projection? Next => next;

    public bool IsAsked => Volatile.Read(ref _isAsked);

    /// <summary>Null as long as it is not known; what is withheld is <see cref="LogEntry.Withheld"/>.</summary>
    public LogEntry? Shown => Volatile.Read(ref _shown);

    public bool TryAsk()
    {
        var isFirst = !_isAsked;
        Volatile.Write(ref _isAsked, true);
        return isFirst;
    }

    public Task<LogEntry> WhenShown()
    {
        if (_whenShown is null)
        {
            _whenShown = new TaskCompletionSource<LogEntry>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_shown is not null)
            {
                _whenShown.SetResult(_shown);
            }
        }

        return _whenShown.Task;
    }

    public void Show(LogEntry shown)
    {
        Volatile.Write(ref _shown, shown);
        _whenShown?.TrySetResult(shown);
    }

    /// <summary>Shows an entry that nobody else has.</summary>
    /// <param name="counted">Bytes that the log has counted for it.</param>
    public void ShowOther(LogEntry shown, int counted)
    {
        (_own, _counted) = (shown, counted);
        Show(shown);
    }

    /// <inheritdoc cref="LogEntry.ReleaseFrames"/>
    public long ReleaseFrames() => _own?.ReleaseFrames() ?? 0;

    /// <returns>Bytes that the log counts for it no longer.</returns>
    public long TakeCounted()
    {
        var counted = _counted;
        _counted = 0;
        return counted;
    }
}
