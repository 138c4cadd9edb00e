using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>What becomes of clients from which nothing comes: no message, no command, no answer to a ping.</summary>
public sealed class IdleOptions
{
    /// <summary>How long nothing may come from a client; what has not sent anything yet counts from connecting. Default 30 min; 0 is no limit.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How often that is looked at. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Check { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether it holds for clients that never send anything, as those of event streams. Default no: they are there to listen.</summary>
    public bool Listeners { get; set; }
}
