using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>How a <see cref="FileSource"/> reads its file.</summary>
public sealed class FileSourceOptions
{
    /// <summary>
    /// Publishes what the file holds already. Without it, a file that exists at the start is read from its end, beginning with the next
    /// line that starts there. Default true.
    /// </summary>
    public bool FromStart { get; set; } = true;

    /// <summary>
    /// Waits for more at the end of the file, and for the file itself where it is missing. Without it the source ends at the end of
    /// the file, and a missing file is a failure. Default true.
    /// </summary>
    public bool Follow { get; set; } = true;

    /// <summary>
    /// Lines that are JSON values become json instead of text, and blank lines are left out. Default null: so if the file's name ends
    /// with <c>.ndjson</c> or <c>.jsonl</c>.
    /// </summary>
    public bool? Json { get; set; }

    /// <summary>The longest line, in bytes without its ending; a longer one is left out whole and counted. Default 65,536.</summary>
    [Range(1, LineLimit.Highest)]
    public int MaxLineBytes { get; set; } = LineLimit.Default;

    /// <summary>How often a file that is read to its end, or missing, is looked at again. At least 1 ms. Default 250 ms.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Called for each line that is too long, by the task that reads, with the position of the line's first byte. Default null.</summary>
    public Action<long>? OnLineTooLong { get; set; }
}
