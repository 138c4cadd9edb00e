using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>Where and how nodes share rooms through Redis, 7.0 or newer. The same on every node, but for the bounds.</summary>
public sealed class RedisOptions
{
    /// <summary>
    /// Servers as <c>HOST:PORT</c>; each room is on one of them, by its name and theirs, so that another order changes nothing. Default none.
    /// </summary>
    public IList<string> Servers { get; set; } = [];

    /// <summary>The servers' password. Default none.</summary>
    public string Password { get; set; } = "";

    /// <summary>Whether connections are encrypted; the server's certificate is checked. Default false.</summary>
    public bool Tls { get; set; }

    /// <summary>What all keys and channels begin with, so that several systems can use one server. Default <c>broadcast</c>.</summary>
    public string Prefix { get; set; } = "broadcast";

    /// <summary>How long an answer may take. Beyond it a publication's outcome is unknown, and the connection counts as broken. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a server that has data and was just started, or took another's place, is told what nodes have seen before it is
    /// used: of what it lost with a crash no position is given again. Default 3 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan Settle { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Publications that wait for the answer of one server; beyond it publishers are refused. Default 16,384.</summary>
    [Range(1, 1_000_000)]
    public int MaxPublishing { get; set; } = 16_384;

    /// <summary>Bytes of publications that wait for the answer of one server; beyond it publishers are refused. Default 64 MiB.</summary>
    [Range(1 << 20, long.MaxValue)]
    public long MaxPublishingBytes { get; set; } = 64 << 20;

    /// <summary>Hand-overs of one server that wait for this node's rooms; what does not fit is read from history. Default 65,536.</summary>
    [Range(1, 10_000_000)]
    public int MaxWaiting { get; set; } = 65_536;

    /// <summary>Bytes of those hand-overs; what does not fit is read from history. Default 64 MiB.</summary>
    [Range(1 << 20, long.MaxValue)]
    public long MaxWaitingBytes { get; set; } = 64 << 20;
}
