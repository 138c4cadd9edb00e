using System.Runtime.CompilerServices;

namespace Broadcast.Core;

/// <summary>
/// Publishes each line of the process's standard input and ends with it. Read by one task at a time; a reading that was broken off goes
/// on with the line the room had not accepted. The stream is not closed: it belongs to the process, or to who gave it.
/// </summary>
public sealed class StdinSource : ISource
{
    private readonly LineReader _lines;
    private readonly Lazy<Stream> _input;
    private Task<int>? _read;
    private Publication? _offered;
    private long _linesTooLong;

    /// <param name="input">Read instead of the process's standard input.</param>
    /// <param name="maxLineBytes">The longest line, in bytes without its ending; a longer one is left out whole and counted.</param>
    public StdinSource(Stream? input = null, int maxLineBytes = LineLimit.Default)
    {
        _lines = new LineReader(LineLimit.Checked(maxLineBytes), _ => Interlocked.Increment(ref _linesTooLong));
        _input = new Lazy<Stream>(() => input ?? Console.OpenStandardInput());
    }

    public string Name => "stdin";

    /// <summary>How many lines were left out because they were too long. Any thread.</summary>
    public long LinesTooLong => Interlocked.Read(ref _linesTooLong);

    public async IAsyncEnumerable<Publication> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var ended = false;
        while (true)
        {
            while (_offered is not null || Take(ended))
            {
                yield return _offered!;
                _offered = null;
            }

            if (ended)
            {
                break;
            }

            var count = await FillAsync(cancellation).ConfigureAwait(false);
            _lines.Filled(count);
            ended = count == 0;
        }
    }

    private bool Take(bool ended)
    {
        if (_lines.TryTake(out var line) || (ended && _lines.TryTakeRest(out line)))
        {
            _offered = LineContent.ToPublication(line.Span, json: false);
        }

        return _offered is not null;
    }

    /// <summary>
    /// A terminal or pipe that says nothing cannot be cancelled, only no longer waited for; what it says later is for the next reading.
    /// </summary>
    private async Task<int> FillAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_read is null)
        {
            _read = _input.Value.ReadAsync(_lines.Free, CancellationToken.None).AsTask();
            _ = _read.ContinueWith(
                static read => _ = read.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        await ((Task)_read).WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_read.IsCompleted)
        {
            cancellation.ThrowIfCancellationRequested();
        }

        var read = _read;
        _read = null;
        return await read.ConfigureAwait(false);
    }
}
