using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>Bounds of what is counted for publishers that ask what became of a publication.</summary>
public sealed class ReceiptOptions
{
    /// <summary>
    /// How long the members of a node have to get to the publication before its part is answered as it stands; at most three quarters of
    /// <see cref="ClusterOptions.CallTimeout"/>. Default 1 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Receipts of one room under way; beyond it the oldest is given up, and the answer of the node says so. Default 64.</summary>
    [Range(1, 10_000)]
    public int MaxPerRoom { get; set; } = 64;
}
