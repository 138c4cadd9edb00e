using System.Diagnostics.Metrics;

namespace Broadcast.Core;

/// <summary>What a node counts. Any thread may add; names and units are listed in docs/operations.md.</summary>
internal sealed class Metrics : IDisposable
{
    public const string MeterName = "Broadcast";

    private readonly Meter _meter = new(MeterName);

    internal Metrics(Hub hub)
    {
        Publications = Count("broadcast.publications", "publications by outcome");
        Deliveries = Count("broadcast.deliveries", "frames handed to transports");
        SentBytes = Count("broadcast.sent_bytes", "bytes handed to transports");
        Parked = Count("broadcast.parked", "times a client took only a part");
        Resets = Count("broadcast.resets", "connections reset by the node");
        Stalled = Count("broadcast.stalled", "connections reset because they took no byte for too long");
        NoPongs = Count("broadcast.no_pongs", "connections ended because they showed no sign of life");
        Drained = Count("broadcast.drained", "clients that were moved to other nodes because this one stops");
        Expired = Count("broadcast.expired", "connections ended because what proved who they are is no longer good");
        Idle = Count("broadcast.idle", "connections ended because nothing came from them for too long");
        ReplyOverflows = Count("broadcast.reply_overflows", "connections reset because their reply queue was full");
        Gaps = Count("broadcast.gaps", "gaps told or made, by reason");
        HistoryReads = Count("broadcast.history_reads", "blocks of history read for subscriptions");
        FilledHoles = Count("broadcast.filled_holes", "publications that were not handed over but found in history");
        RepeatedHandOvers = Count("broadcast.repeated_hand_overs", "hand-overs dropped because they came before");
        HandOverOverflows = Count("broadcast.hand_over_overflows", "hand-overs that did not fit into a room's inbox");
        Refusals = Count("broadcast.refusals", "requests refused, by reason");
        SourceItems = Count("broadcast.source_items", "items read from sources and accepted by their rooms");
        SourceRestarts = Count("broadcast.source_restarts", "sources read anew after a failure");
        SourceFailures = Count("broadcast.source_failures", "sources that failed for good");
        PacedItems = Count("broadcast.paced_items", "items of paced broadcasters, by outcome");
        PacedWaiting = _meter.CreateUpDownCounter<long>("broadcast.paced_waiting", description: "items that wait in paced broadcasters, or are being sent");
        PushTicks = Count("broadcast.push_ticks", "ticks of scheduled pushes, by outcome");
        MailboxMessages = Count("broadcast.mailbox_messages", "messages to users who may not be there, by outcome");
        Batches = Count("broadcast.batches", "messages in which clients were sent all updates of a batch that were meant for them");
        BatchedUpdates = Count("broadcast.batched_updates", "updates in these messages");
        NodeFailures = Count("broadcast.node_failures", "parts of other nodes that are missing in answers, by reason");
        IgnoredNodeMessages = Count("broadcast.ignored_node_messages", "messages of other nodes that were ignored, by reason");
        Projections = Count("broadcast.projections", "publications that a view was made of, by outcome");
        UnknownViews = Count("broadcast.unknown_views", "times a client got the view that shows nothing, by reason");
        LostNotices = Count("broadcast.lost_notices", "joins and leaves that members may not have been told, by reason");
        PredicateFailures = Count("broadcast.predicate_failures", "predicates of audiences that threw, and so did not hold");
        UnknownAudiences = Count("broadcast.unknown_audiences", "publications for an audience that this node does not know, and so shows to nobody");
        LostClients = Count("broadcast.lost_clients", "clients lost with other nodes that this one told the application of");
        UnrememberedClients = Count("broadcast.unremembered_clients", "clients of other nodes that this one did not remember");
        Faults = Count("broadcast.faults", "exceptions that should not have happened");
        _meter.CreateObservableUpDownCounter("broadcast.connections", () => hub.ConnectionCount, "connections");
        _meter.CreateObservableUpDownCounter("broadcast.rooms", () => hub.RoomCount, "rooms with members");
        _meter.CreateObservableUpDownCounter("broadcast.nodes", () => Nodes(), description: "nodes that are there, this one included");
        _meter.CreateObservableUpDownCounter("broadcast.remembered_clients", () => RememberedClients(), description: "clients of other nodes that this one remembers");
        _meter.CreateObservableUpDownCounter("broadcast.window_bytes", () => hub.Budget.Used, "bytes");
        _meter.CreateObservableCounter("broadcast.window_evictions", () => hub.Budget.Evictions, "rooms");
    }

    public Counter<long> Publications { get; }

    public Counter<long> Deliveries { get; }

    public Counter<long> SentBytes { get; }

    public Counter<long> Parked { get; }

    public Counter<long> Resets { get; }

    public Counter<long> Stalled { get; }

    public Counter<long> NoPongs { get; }

    public Counter<long> Drained { get; }

    public Counter<long> Expired { get; }

    public Counter<long> Idle { get; }

    public Counter<long> ReplyOverflows { get; }

    public Counter<long> Gaps { get; }

    public Counter<long> HistoryReads { get; }

    public Counter<long> FilledHoles { get; }

    public Counter<long> RepeatedHandOvers { get; }

    public Counter<long> HandOverOverflows { get; }

    public Counter<long> Refusals { get; }

    public Counter<long> SourceItems { get; }

    public Counter<long> SourceRestarts { get; }

    public Counter<long> SourceFailures { get; }

    public Counter<long> PacedItems { get; }

    public UpDownCounter<long> PacedWaiting { get; }

    public Counter<long> PushTicks { get; }

    public Counter<long> MailboxMessages { get; }

    public Counter<long> Batches { get; }

    public Counter<long> BatchedUpdates { get; }

    public Counter<long> NodeFailures { get; }

    public Counter<long> IgnoredNodeMessages { get; }

    public Counter<long> Projections { get; }

    public Counter<long> UnknownViews { get; }

    public Counter<long> LostNotices { get; }

    public Counter<long> PredicateFailures { get; }

    public Counter<long> UnknownAudiences { get; }

    public Counter<long> LostClients { get; }

    public Counter<long> UnrememberedClients { get; }

    public Counter<long> Faults { get; }

    /// <summary>Says how many nodes there are.</summary>
    internal Func<int> Nodes { get; set; } = () => 1;

    /// <summary>Says how many clients of other nodes are remembered.</summary>
    internal Func<int> RememberedClients { get; set; } = () => 0;

    internal void Mail(string outcome, long count)
    {
        if (count > 0)
        {
            MailboxMessages.Add(count, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    /// <summary>A request was refused, or a connection ended, since a limit was reached or a right is missing; the reasons are listed in docs/operations.md.</summary>
    public void Refused(string reason) => Refusals.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void Paced(PacedOutcome outcome, int count) => PacedItems.Add(count, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        PacedOutcome.Sent => "sent",
        PacedOutcome.Failed => "failed",
        PacedOutcome.Refused => "refused",
        PacedOutcome.Filtered => "filtered",
        PacedOutcome.Coalesced => "coalesced",
        PacedOutcome.Oldest => "oldest",
        _ => "stopped",
    }));

    internal void Pushed(TickOutcome outcome, long count) => PushTicks.Add(count, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        TickOutcome.Published => "published",
        TickOutcome.Empty => "empty",
        TickOutcome.Unheard => "unheard",
        TickOutcome.Skipped => "skipped",
        _ => "failed",
    }));

    public void Dispose() => _meter.Dispose();

    private Counter<long> Count(string name, string description) => _meter.CreateCounter<long>(name, description: description);
}
