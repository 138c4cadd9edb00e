using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>What writes to a node's clients.</summary>
public enum Delivery : byte
{
    /// <summary>Event loops, each on a thread of its own with many clients. The faster one.</summary>
    Loops,

    /// <summary>An actor per client, told of news through a tree of BroadcastHubs.</summary>
    Actors,
}

/// <summary>How nodes share rooms as an Akka.NET cluster, with nothing beside them. The same on every node, but for the address and the bounds.</summary>
public sealed class AkkaOptions
{
    /// <summary>Where other nodes reach this one, as <c>HOST:PORT</c>. At an IP address it listens there; at a name, on all addresses. Default: what <c>hocon/node.conf</c> says, 127.0.0.1:4053.</summary>
    public string Address { get; set; } = "";

    /// <summary>Nodes through which this one joins, each as <c>HOST:PORT</c>; the first may begin a cluster. Default: what <c>hocon/cluster.conf</c> says, itself alone.</summary>
    public IList<string> Seeds { get; set; } = [];

    /// <summary>The folder with <c>node.conf</c> and <c>cluster.conf</c>. Default: <c>hocon</c> beside the program.</summary>
    public string Folder { get; set; } = "";

    /// <summary>What writes to clients. Default <c>Loops</c>.</summary>
    public Delivery Delivery { get; set; }

    /// <summary>How long a room's owner may take to answer. Beyond it a publication's outcome is unknown. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the node may take to join before it begins to serve without. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan JoinTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long after a majority of the nodes last answered this one orders publications and shows histories; beyond it, it refuses. Shorter than
    /// what the others take to give its rooms to another owner (failure detector and <c>stable-after</c> in <c>hocon/cluster.conf</c>). Default 3 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:01:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Publications of this node that wait for their rooms' owners; beyond it publishers are refused. Default 16,384.</summary>
    [Range(1, 1_000_000)]
    public int MaxPublishing { get; set; } = 16_384;

    /// <summary>Bytes of publications that wait for their rooms' owners; beyond it publishers are refused. Default 64 MiB.</summary>
    [Range(1 << 20, long.MaxValue)]
    public long MaxPublishingBytes { get; set; } = 64 << 20;

    /// <summary>Bytes handed over to other nodes of which one has not shown yet that it took them; beyond it this node's rooms refuse publications. Default 64 MiB.</summary>
    [Range(1 << 20, long.MaxValue)]
    public long MaxUntaken { get; set; } = 64 << 20;
}
