using System.ComponentModel.DataAnnotations;
using System.Text;

namespace Broadcast.Core;

/// <summary>Bounds of what is known of one connection; what is beyond them is refused as a whole. The same on all nodes.</summary>
public sealed class SessionOptions
{
    /// <summary>Attributes of one connection. Default 32.</summary>
    [Range(0, 10_000)]
    public int MaxAttributes { get; set; } = 32;

    /// <summary>Bytes of an attribute's name in UTF-8. Default 64.</summary>
    [Range(1, 1_024)]
    public int MaxNameBytes { get; set; } = 64;

    /// <summary>Bytes of an attribute's value in UTF-8, of a list all together. Default 1,024.</summary>
    [Range(8, 1 << 20)]
    public int MaxValueBytes { get; set; } = 1_024;

    /// <summary>Names of the attributes by which connections can be found. Default none: each costs some memory for every connection that has it.</summary>
    public IList<string> Indexed { get; set; } = [];

    /// <summary>How long a user whose last connection has gone may be away before that is told. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(5);

    /// <returns>Null, or why a session is not taken, in one sentence.</returns>
    internal string? Refusal(Session session)
    {
        if (session.Location is { IsOnEarth: false } place)
        {
            return place.Refusal;
        }

        return session.Attributes.Count > MaxAttributes
            ? $"A session has at most {MaxAttributes} attributes; this one has {session.Attributes.Count}."
            : session.Attributes.Select(a => Refusal(a.Key, a.Value)).FirstOrDefault(r => r is not null);
    }

    private string? Refusal(string name, AttributeValue value)
    {
        var bytes = Encoding.UTF8.GetByteCount(name);
        if (bytes == 0 || bytes > MaxNameBytes)
        {
            return $"An attribute's name has 1 to {MaxNameBytes} bytes; this one has {bytes}.";
        }

        return value.Bytes > MaxValueBytes ? $"An attribute has at most {MaxValueBytes} bytes; '{name}' has {value.Bytes}." : null;
    }
}
