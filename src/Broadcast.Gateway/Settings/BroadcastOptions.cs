using System.ComponentModel.DataAnnotations;

namespace Broadcast.Gateway;

/// <summary>The section <c>Broadcast</c>: what a node does and allows. Checked at start.</summary>
public sealed class BroadcastOptions
{
    public const string Section = "Broadcast";

    /// <summary>This node's name, shown to operators. Default: the machine's name.</summary>
    public string Node { get; set; } = Environment.MachineName;

    /// <summary>Rules for rooms; the first that matches counts, and a room that none matches is closed to everybody.</summary>
    public IList<RoomOptions> Rooms { get; set; } = [];

    /// <summary>Pages of other origins that may connect, as <c>https://example.org</c>; <c>*</c> allows all. Default none.</summary>
    public IList<string> AllowedOrigins { get; set; } = [];

    /// <summary>Sources fed into rooms, as <c>ROOM=KIND[:ARGUMENT]</c>.</summary>
    public IList<string> Sources { get; set; } = [];

    /// <summary>Which tokens prove who a client is.</summary>
    public TokenOptions Tokens { get; set; } = new();

    /// <summary>Keys of back ends. Default none.</summary>
    public IList<ApiKeyOptions> ApiKeys { get; set; } = [];

    /// <summary>Who may see nodes, sources and connections, pause clients, and use the server API. Default Nobody.</summary>
    public Who Operators { get; set; }

    /// <summary>The largest publication, in bytes. Default 64 KiB; beyond it 413 or close 1009.</summary>
    [Range(1, 64 << 20)]
    public int MaxMessageBytes { get; set; } = 64 << 10;

    /// <summary>Frames in which one message may come. Default 256; beyond it close 1009.</summary>
    [Range(1, 1_000_000)]
    public int MaxFragments { get; set; } = 256;

    /// <summary>Publications of one socket that wait for the backplane; beyond it the socket is not read. Default 64.</summary>
    [Range(1, 65_536)]
    public int MaxPublishing { get; set; } = 64;

    /// <summary>Rooms a client of the Centrifuge protocol may be in. Default 128; beyond it error 106.</summary>
    [Range(1, 100_000)]
    public int MaxRooms { get; set; } = 128;

    /// <summary>What bounds the application's handlers.</summary>
    public HandlerOptions Handlers { get; set; } = new();

    /// <summary>What bounds what the application does when clients come and go.</summary>
    public HookOptions Hooks { get; set; } = new();

    /// <summary>Commands of one client of the Centrifuge protocol. Default: no limit; beyond it close 3013.</summary>
    public RateOptions CommandRate { get; set; } = new();

    /// <summary>How long a client of the Centrifuge protocol has for its first command. Default 10 s; beyond it close 3502.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Connects that the kernel holds until the node takes them in. Default 4,096; beyond it they are dropped, and tried again after a second.</summary>
    [Range(1, 65_535)]
    public int Backlog { get; set; } = 4_096;

    /// <summary>Bytes the kernel takes for a client that does not read (TCP_NOTSENT_LOWAT). Default 64 KiB.</summary>
    [Range(4_096, 16 << 20)]
    public int NotSentLowAt { get; set; } = 64 << 10;

    /// <summary>When browsers reconnect after an SSE stream ended; if the node ended it because it stops, at a random moment until then. Default 5 s.</summary>
    public TimeSpan Retry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How clients are moved to other nodes when this one stops.</summary>
    public DrainOptions Drain { get; set; } = new();

    public HubOptions Hub { get; set; } = new();

    /// <summary>How nodes know each other, where the backplane spans several.</summary>
    public ClusterOptions Cluster { get; set; } = new();

    /// <summary>How sources are restarted and stopped.</summary>
    public SourceOptions Feeds { get; set; } = new();

    /// <summary>Paced broadcasters, where the application says nothing else.</summary>
    public PaceOptions Pace { get; set; } = new();

    /// <summary>What bounds scheduled pushes.</summary>
    public ScheduledPushOptions Pushes { get; set; } = new();

    /// <summary>The backplane in memory.</summary>
    public LocalBackplaneOptions Memory { get; set; } = new();

    /// <summary>Histories that outlive the node, where a folder is given.</summary>
    public DataOptions Data { get; set; } = new();

    /// <summary>Rooms shared by several nodes, where servers are given.</summary>
    public RedisOptions Redis { get; set; } = new();

    /// <summary>Rooms shared by several nodes that are an Akka.NET cluster, where that backplane is chosen.</summary>
    public AkkaOptions Akka { get; set; } = new();
}
