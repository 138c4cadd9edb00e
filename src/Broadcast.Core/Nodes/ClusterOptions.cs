using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>How nodes know each other, where the backplane spans several. All nodes should be told the same.</summary>
public sealed class ClusterOptions : IValidatableObject
{
    /// <summary>Where others reach this node, shown to operators. Default none: the addresses it listens on.</summary>
    public string Address { get; set; } = "";

    /// <summary>How often a node says that it is there, up to a tenth more or less. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a node may say nothing before it is gone, and its clients with it. Default 7 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan GoneAfter { get; set; } = TimeSpan.FromSeconds(7);

    /// <summary>How long other nodes have to answer a call; then the answer says which did not. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Calls to other nodes under way, and as many of theirs; beyond it a call is answered by this node alone, and says so. Default 1,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxCalls { get; set; } = 1_000;

    /// <summary>Bytes of what a node answers another one; a longer answer is replaced by a sentence that says so. Default 1 MiB.</summary>
    [Range(1_024, 64 << 20)]
    public int MaxAnswerBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Clients of other nodes that this one remembers, to tell the application that they have gone when their node crashes. Default 200,000; those beyond
    /// it are not told of. 0 turns this off: nodes then tell each other nothing of their clients.
    /// </summary>
    [Range(0, 10_000_000)]
    public int MaxRememberedClients { get; set; } = 200_000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (GoneAfter < 2 * Heartbeat)
        {
            yield return new ValidationResult($"{nameof(GoneAfter)} ({GoneAfter}) must be at least twice {nameof(Heartbeat)} ({Heartbeat}).");
        }
    }
}
