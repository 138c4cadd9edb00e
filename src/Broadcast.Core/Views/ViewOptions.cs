using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>Bounds of what rooms show to classes of clients. What cannot be shown within them is withheld.</summary>
public sealed class ViewOptions
{
    /// <summary>How long a projection may take for one publication; then it is cancelled, and the publication is withheld from that view. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Views of one room in use at the same time on a node; a client with one more is shown nothing. Default 64.</summary>
    [Range(1, 10_000)]
    public int MaxViews { get; set; } = 64;

    /// <summary>Bytes of a view's key in UTF-8; a client with a longer one is shown nothing. Default 128.</summary>
    [Range(1, 1_024)]
    public int MaxKeyBytes { get; set; } = 128;

    /// <summary>Publications that clients behind the room wait for in one view; beyond it they are asked for later. Default 1,024.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; set; } = 1_024;

    /// <summary>Requests for histories that are shown in a view at the same time; others wait. Default 32.</summary>
    [Range(1, 10_000)]
    public int MaxReading { get; set; } = 32;
}
