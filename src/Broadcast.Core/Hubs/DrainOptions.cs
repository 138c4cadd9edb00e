using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>How a node that stops moves its clients to others.</summary>
public sealed class DrainOptions : IValidatableObject
{
    /// <summary>Clients told to go within any one second; the others wait for their turn. Default 500.</summary>
    [Range(1, 100_000)]
    public int Rate { get; set; } = 500;

    /// <summary>How long all of it may take, from the signal on; then the clients that are left are told at once, and reset. Default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long clients stay after the node said that it is not ready any more, so that who balances the load has seen it before they come
    /// back. A node without clients does not wait. Default 0.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Notice { get; set; }

    /// <summary>How long a client that was told to go has to take its close frame, or the end of its stream; then it is reset. Default 5 s.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Notice >= Deadline)
        {
            yield return new ValidationResult($"Notice ({Notice}) must be shorter than Deadline ({Deadline}).", [nameof(Notice)]);
        }
    }
}
