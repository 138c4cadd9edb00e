using Akka.Actor;
using Akka.TestKit;
using Topic = Akka.Cluster.Tools.PublishSubscribe;

namespace Broadcast.Actors.Tests;

public sealed class AkkaBackplaneTests : WithoutCluster
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly TestProbe _listeners;

    public AkkaBackplaneTests()
    {
        _listeners = CreateTestProbe();
        Engine.Listeners = _listeners;
    }

    [Fact]
    public async Task What_the_owner_answers_is_what_became_of_it()
    {
        var backplane = Backplane();
        var position = new StreamPosition("e", 7);
        (object, PublishResult)[] answers =
        [
            (new Published(position), PublishResult.Accepted(position)),
            (new Refused("No."), PublishResult.Refused("No.")),
            (Notified.Instance, PublishResult.Unknown("The room's owner answered something else than a position.")),
        ];
        foreach (var (answer, result) in answers)
        {
            var publishing = PublishAsync(backplane, "x", "key");
            Assert.Equal(("key", "x"), (Owners.ExpectMsg<Publish>() is var asked ? asked.Key : null, Text(asked.Payload.Publication)));
            Owners.Reply(answer);
            Assert.Equal(result, await publishing.WaitAsync(s_patience));
        }
    }

    [Fact]
    public async Task An_owner_that_does_not_answer_in_time_leaves_it_unknown_and_that_is_counted()
    {
        Options.Timeout = TimeSpan.FromMilliseconds(50);
        using var timeouts = new CountOf(Engine.Counts.Timeouts);
        var backplane = Backplane();

        var result = await PublishAsync(backplane).WaitAsync(s_patience);
        await Assert.ThrowsAsync<BackplaneException>(() => ReadAsync(backplane).WaitAsync(s_patience));

        Assert.Equal(PublishOutcome.Unknown, result.Outcome);
        Assert.Equal(2, timeouts.Value);
    }

    [Fact]
    public async Task What_waits_for_owners_is_bounded_in_count_and_bytes()
    {
        (Options.MaxPublishing, Options.MaxPublishingBytes) = (2, 5_000);
        var backplane = Backplane();
        var first = PublishAsync(backplane, new string('x', 4_000));

        Assert.Contains("faster", (await PublishAsync(backplane, new string('x', 1_000))).Reason, StringComparison.Ordinal);
        var second = PublishAsync(backplane);
        Assert.Contains("faster", (await PublishAsync(backplane)).Reason, StringComparison.Ordinal);

        Owners.ExpectMsg<Publish>();
        Owners.Reply(new Published(new StreamPosition("e", 1)));
        Assert.True((await first.WaitAsync(s_patience)).IsAccepted);
        var third = PublishAsync(backplane);
        Assert.False(second.IsCompleted || third.IsCompleted);
        HasBeenAsked(2);
    }

    [Fact]
    public async Task What_does_not_fit_into_a_message_between_nodes_is_refused()
    {
        Engine.MaxMessageBytes = 1_000;
        var backplane = Backplane();

        Assert.Contains("at most 1000 bytes", (await PublishAsync(backplane, new string('x', 1_000))).Reason, StringComparison.Ordinal);
        var letter = new NodeMessage(new byte[1_001]);
        var refusal = await Assert.ThrowsAsync<BackplaneException>(async () => await backplane.NotifyAsync("!nodes", letter, CancellationToken.None));

        Assert.Contains("at most 1000 bytes", refusal.Message, StringComparison.Ordinal);
        HasBeenAsked(0);
        HasNothing(Mediator);
    }

    [Fact]
    public async Task A_room_that_no_client_can_name_has_letters_and_no_publications_and_no_history()
    {
        const string Nodes = "!nodes";
        var backplane = Backplane();

        await backplane.NotifyAsync(Nodes, new NodeMessage("{}"u8.ToArray()), CancellationToken.None);

        Assert.IsType<Letter>(Mediator.ExpectMsg<Topic.Publish>().Message);
        Assert.Equal(PublishOutcome.Refused, (await backplane.PublishAsync(Nodes, Protocol.Publication.Text("x"), null, CancellationToken.None)).Outcome);
        var page = await backplane.ReadAsync(Nodes, HistoryQuery.PositionOnly, CancellationToken.None);
        Assert.Equal((0, Engine.NoPosition), (page.Publications.Count, page.Top));
        HasBeenAsked(0);
    }

    [Fact]
    public async Task Without_a_majority_nothing_is_published_and_the_backplane_is_not_reachable()
    {
        var backplane = Backplane();
        Assert.True(backplane.IsReachable);
        Engine.Majority.End("put out");

        Assert.Equal(PublishResult.Refused("put out"), await PublishAsync(backplane));
        Assert.False(backplane.IsReachable);
        HasBeenAsked(0);
    }

    [Fact]
    public async Task An_answer_that_comes_after_the_lease_has_ended_is_believed_only_if_it_is_no()
    {
        const string NoMajority = "This node reaches 1 of 3 nodes.";
        var backplane = Backplane();
        Engine.Majority.Explain(NoMajority);
        (object, PublishResult)[] answers = [(new Published(new StreamPosition("e", 7)), PublishResult.Unknown(NoMajority)), (new Refused("No."), PublishResult.Refused("No."))];
        foreach (var (answer, result) in answers)
        {
            Engine.Majority.Prove(Time.GetTimestamp(), 0);
            var publishing = PublishAsync(backplane);
            Owners.ExpectMsg<Publish>();
            Time.Advance(Options.Lease + TimeSpan.FromSeconds(1));
            Owners.Reply(answer);
            Assert.Equal(result, await publishing.WaitAsync(s_patience));
        }

        Engine.Majority.Prove(Time.GetTimestamp(), 0);
        var reading = ReadAsync(backplane);
        Owners.ExpectMsg<Read>();
        Time.Advance(Options.Lease + TimeSpan.FromSeconds(1));
        Owners.Reply(Page(9, false, 9));

        Assert.Equal(NoMajority, (await Assert.ThrowsAsync<BackplaneException>(() => reading.WaitAsync(s_patience))).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_history_that_does_not_fit_into_one_message_is_read_in_several(bool reverse)
    {
        using var reads = new CountOf(Engine.Counts.Reads);
        var backplane = Backplane();
        var reading = backplane.ReadAsync(Room, new HistoryQuery(new StreamPosition("e", 5), 4, reverse), CancellationToken.None).AsTask();
        ulong[] offsets = reverse ? [4, 3, 2] : [6, 7, 8];

        Assert.Equal(new HistoryQuery(new StreamPosition("e", 5), 4, reverse), Owners.ExpectMsg<Read>().Query);
        Owners.Reply(Page(9, true, offsets[0], offsets[1]));
        Assert.Equal(new HistoryQuery(new StreamPosition("e", offsets[1]), 2, reverse), Owners.ExpectMsg<Read>().Query);
        Owners.Reply(Page(10, false, offsets[2]));

        var page = await reading.WaitAsync(s_patience);
        Assert.Equal(offsets, page.Publications.Select(p => p.Offset));
        Assert.Equal(new StreamPosition("e", 10), page.Top);
        Assert.Equal(2, reads.Value);
    }

    [Fact]
    public async Task A_history_whose_owner_changes_while_it_is_read_is_read_from_the_start_of_the_new_one()
    {
        var backplane = Backplane();
        var reading = ReadAsync(backplane);
        Owners.ExpectMsg<Read>();
        Owners.Reply(Page(9, true, 1, 2));
        Owners.ExpectMsg<Read>();
        Owners.Reply(new Page(new StreamPosition("f", 1), [new PageItem(1, new Payload(Protocol.Publication.Text("new")))], IsCut: false));
        Assert.Equal(new HistoryQuery(null, -1), Owners.ExpectMsg<Read>().Query);
        Owners.Reply(new Page(new StreamPosition("f", 1), [new PageItem(1, new Payload(Protocol.Publication.Text("new")))], IsCut: false));

        var page = await reading.WaitAsync(s_patience);

        Assert.Equal("new", Text(Assert.Single(page.Publications).Publication));
        Assert.Equal("f", page.Top.Epoch);
    }

    [Fact]
    public async Task Who_could_not_subscribe_listens_to_nothing()
    {
        var backplane = Backplane();
        var subscribing = backplane.SubscribeAsync(Room, new Listener().In(Room), CancellationToken.None).AsTask();
        _listeners.ExpectMsg<ListenersActor.Open>();
        _listeners.Reply(new Refused("No."));

        Assert.Equal("No.", (await Assert.ThrowsAsync<BackplaneException>(() => subscribing.WaitAsync(s_patience))).Message);
        Assert.Equal(Room, _listeners.ExpectMsg<ListenersActor.Close>().Room);
    }

    [Fact]
    public async Task A_stopping_node_says_so()
    {
        var backplane = Backplane();
        await backplane.DisposeAsync();

        Assert.Equal(PublishResult.Refused("The node stops."), await PublishAsync(backplane));
        Assert.Equal("The node stops.", (await Assert.ThrowsAsync<BackplaneException>(() => ReadAsync(backplane))).Message);
        await Assert.ThrowsAsync<BackplaneException>(async () => await backplane.NotifyAsync("!nodes", new SourceStopped("x", null), CancellationToken.None));
        HasBeenAsked(0);
    }

    /// <summary>Made late, since it takes over bounds when it is made.</summary>
    private AkkaBackplane Backplane() => new(Engine);

    private static Task<PublishResult> PublishAsync(AkkaBackplane backplane, string text = "x", string? key = null) =>
        backplane.PublishAsync(Room, Protocol.Publication.Text(text), key, CancellationToken.None).AsTask();

    private static Task<HistoryPage> ReadAsync(AkkaBackplane backplane) => backplane.ReadAsync(Room, new HistoryQuery(null, -1), CancellationToken.None).AsTask();

    private static Page Page(ulong top, bool isCut, params ulong[] offsets) =>
        new(new StreamPosition("e", top), [.. offsets.Select(o => new PageItem(o, new Payload(Protocol.Publication.Text($"{o}"))))], isCut);

    private void HasBeenAsked(int times)
    {
        for (var i = 0; i < times; i++)
        {
            Owners.ExpectMsg<Publish>();
        }

        HasNothing(Owners);
    }
}
