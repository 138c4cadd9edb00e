using System.Runtime.CompilerServices;

namespace Broadcast.Core;

/// <summary>
/// Publishes the lines of a file and follows it as it grows, is rotated, truncated, deleted and made again, in memory that depends on
/// <see cref="FileSourceOptions.MaxLineBytes"/> only. Read by one task at a time; a reading that was broken off goes on behind the last
/// line the room accepted, if the file is still the same. <c>docs/sources.md</c> says what happens to the file in which case.
/// </summary>
public sealed class FileSource : ISource
{
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly FileSourceOptions _options;
    private readonly bool _json;
    private bool _fromEnd;
    private (FileIdentity? File, long Position)? _reached;
    private long _linesTooLong;

    /// <param name="path">Of a regular file, which need not exist yet.</param>
    public FileSource(string path, TimeProvider time, FileSourceOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(time);
        _path = Path.GetFullPath(path);
        _time = time;
        _options = options ?? new FileSourceOptions();
        LineLimit.Checked(_options.MaxLineBytes, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.PollInterval, TimeSpan.FromMilliseconds(1), nameof(options));
        _json = _options.Json ?? Path.GetExtension(path).ToUpperInvariant() is ".NDJSON" or ".JSONL";
        _fromEnd = !_options.FromStart;
    }

    public string Name => $"file {_path}";

    /// <summary>How many lines were left out because they have more than <see cref="FileSourceOptions.MaxLineBytes"/>. Any thread.</summary>
    public long LinesTooLong => Interlocked.Read(ref _linesTooLong);

    public async IAsyncEnumerable<Publication> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var lines = new LineReader(_options.MaxLineBytes, CountTooLong);
        var file = Open(lines);
        try
        {
            var leaving = false;
            while (true)
            {
                if (file is null)
                {
                    await WaitAsync(cancellation).ConfigureAwait(false);
                    file = Open(lines);
                    continue;
                }

                while (lines.TryTake(out var line))
                {
                    if (LineContent.ToPublication(line.Span, _json) is { } publication)
                    {
                        yield return publication;
                    }

                    _reached = (file.Identity, lines.Position);
                }

                var read = await file.ReadAsync(lines.Free, cancellation).ConfigureAwait(false);
                if (read > 0)
                {
                    lines.Filled(read);
                    continue;
                }

                if (_options.Follow)
                {
                    var fate = file.Look();
                    if (fate is FileFate.Unchanged or FileFate.Away)
                    {
                        leaving = false;
                        await WaitAsync(cancellation).ConfigureAwait(false);
                        continue;
                    }

                    // Who writes may not have noticed yet that the file was replaced: it is read to its end once more before it is left.
                    if (fate is not FileFate.Truncated && !leaving)
                    {
                        leaving = true;
                        await WaitAsync(cancellation).ConfigureAwait(false);
                        continue;
                    }
                }

                if (lines.TryTakeRest(out var rest) && LineContent.ToPublication(rest.Span, _json) is { } last)
                {
                    yield return last;
                }

                _reached = null;
                if (!_options.Follow)
                {
                    break;
                }

                // Also after a truncation: opening costs nothing, and one way to begin is enough.
                leaving = false;
                file.Dispose();
                file = Open(lines);
            }
        }
        finally
        {
            file?.Dispose();
        }
    }

    private FollowedFile? Open(LineReader lines)
    {
        var file = FollowedFile.TryOpen(_path);
        if (file is null && !_options.Follow)
        {
            throw new FileNotFoundException($"There is no file {_path}.", _path);
        }

        var start = 0L;
        if (file is not null && _reached is { } reached && reached.File == file.Identity && reached.Position <= file.Length)
        {
            start = reached.Position;
        }
        else if (file is not null && _reached is null && _fromEnd)
        {
            start = file.Length;
        }

        _fromEnd = false;
        if (file is not null)
        {
            // From the byte before, so that starting inside a line leaves out the rest of that line and not a whole one.
            file.Position = Math.Max(0, start - 1);
            lines.Restart(file.Position, insideLine: start > 0);
            _reached = (file.Identity, start);
        }

        return file;
    }

    private Task WaitAsync(CancellationToken cancellation) => Task.Delay(_options.PollInterval, _time, cancellation);

    private void CountTooLong(long position)
    {
        Interlocked.Increment(ref _linesTooLong);
        _options.OnLineTooLong?.Invoke(position);
    }
}
