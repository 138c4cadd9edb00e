using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>What happens to sources that fail, or do not stop.</summary>
public sealed class SourceOptions : IValidatableObject
{
    /// <summary>
    /// How long after its first failure a source is read anew; twice as long after each further one in a row. Up to half of it is taken
    /// off at random, so that sources which failed together do not come back together. 1 ms to 1 hour; default 1 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan FirstRestart { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such wait. At most 1 day; default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan LastRestart { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Restarts in a row; the failure after the last one is final, and told to the room. Default 5.</summary>
    [Range(0, int.MaxValue)]
    public int MaxRestarts { get; set; } = 5;

    /// <summary>How long a source must run for its next failure to count as the first one again. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan HealthyAfter { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a source may take to stop; then it is left to itself, and nothing more is taken from it. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Sources at the same time on one node; one more is not attached. Default 1,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxSources { get; set; } = 1_000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LastRestart < FirstRestart)
        {
            yield return new ValidationResult(
                $"LastRestart ({LastRestart}) must not be shorter than FirstRestart ({FirstRestart}).", [nameof(LastRestart)]);
        }
    }
}
