using Microsoft.Extensions.Logging;

namespace Broadcast.Core.Tests.Receipts;

/// <summary>What a publisher is told of its publication is what became of it.</summary>
public sealed class ReceiptTests
{
    private static readonly TimeSpan s_wait = new ReceiptOptions().Wait;

    [Fact]
    public async Task Members_of_all_nodes_are_counted_and_a_user_on_two_of_them_is_one()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b", "c");
        cluster["a"].Join("news", "ann");
        cluster["b"].Join("news", "ann");
        cluster["b"].Join("news", "bob");
        cluster["b"].Join("news");
        cluster["c"].Join("chat", "eve");
        cluster.Turn();

        var receipt = await cluster.AnswerAsync(PublishAsync(cluster["a"]));

        Assert.True(receipt.Result.IsAccepted);
        Assert.False(receipt.IsIncomplete);
        Assert.Equal(new ReceiptCounts(Members: 4, Addressed: 4, Written: 4, Withheld: 0, LeftBehind: 0, Users: 2), receipt.Sum);
        Assert.Equal(
            [("a", new ReceiptCounts(1, 1, 1, 0, 0, 1)), ("b", new ReceiptCounts(3, 3, 3, 0, 0, 2)), ("c", ReceiptCounts.Nobody)],
            receipt.Nodes.Select(n => (n.Node!.Name, n.Value!)).OrderBy(n => n.Name, StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_is_logged()
    {
        await using var cluster = await TestCluster.OfAsync("a");
        cluster["a"].Join("news", "ann");
        cluster["a"].Logger.Least = LogLevel.Information;
        cluster.Turn();

        await cluster.AnswerAsync(PublishAsync(cluster["a"]));

        Assert.Contains(cluster["a"].Logger.Lines, l => l.Text.Contains("of room news was written to 1 of 1 members (1 users); 0 are not to see it, 0 were left behind.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_room_without_members_has_a_receipt_of_nobody()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");

        var receipt = await cluster.AnswerAsync(PublishAsync(cluster["a"]));

        Assert.Equal(ReceiptCounts.Nobody, receipt.Sum);
        Assert.False(receipt.IsIncomplete);
    }

    [Fact]
    public async Task Who_is_paused_or_does_not_read_is_left_behind_when_the_time_is_over()
    {
        await using var cluster = await TestCluster.OfAsync("a");
        cluster["a"].Join("news", "ann");
        var (paused, stuck) = (cluster["a"].Join("news", "bob"), cluster["a"].Join("news", "eve"));
        cluster.Turn();
        paused.Pause("news");
        stuck.Transport.Capacity = 1;
        await cluster.AnswerAsync(cluster["a"].Hub.PublishAsync("news", Publication.Text("fills it")).AsTask());
        cluster.Turn();

        var asking = PublishAsync(cluster["a"]);
        cluster.Turn();
        Assert.False(asking.IsCompleted);
        cluster.Pass(s_wait);
        var receipt = await cluster.AnswerAsync(asking);

        Assert.Equal(new ReceiptCounts(Members: 3, Addressed: 3, Written: 1, Withheld: 0, LeftBehind: 2, Users: 1), receipt.Sum);
    }

    [Fact]
    public async Task Who_leaves_before_its_turn_is_left_behind_at_once_and_who_joins_later_is_not_counted()
    {
        await using var cluster = await TestCluster.OfAsync("a");
        cluster["a"].Join("news", "ann");
        var leaving = cluster["a"].Join("news", "bob");
        cluster.Turn();
        leaving.Leave("news");
        cluster["a"].Join("news", "eve");

        // The loops have not turned yet: at this offset bob is a member, and eve is none.
        var receipt = await cluster.AnswerAsync(PublishAsync(cluster["a"]));

        Assert.Equal(new ReceiptCounts(Members: 2, Addressed: 2, Written: 1, Withheld: 0, LeftBehind: 1, Users: 1), receipt.Sum);
    }

    [Fact]
    public async Task Who_joins_later_and_catches_up_over_it_is_not_counted()
    {
        await using var cluster = await TestCluster.OfAsync("a");
        cluster["a"].Join("news", "ann");
        cluster.Turn();
        var asking = PublishAsync(cluster["a"]);
        var late = cluster["a"].Connect("bob");
        late.Join("news", JoinAt.Start);

        var receipt = await cluster.AnswerAsync(asking);

        Assert.Equal(["news"], late.Publications("news"));
        Assert.Equal(new ReceiptCounts(Members: 1, Addressed: 1, Written: 1, Withheld: 0, LeftBehind: 0, Users: 1), receipt.Sum);
    }

    [Theory]
    [InlineData(FallingBehind.Skip)]
    [InlineData(FallingBehind.Latest)]
    [InlineData(FallingBehind.Disconnect)]
    public async Task Whom_the_rule_takes_past_it_is_left_behind_without_waiting(FallingBehind rule)
    {
        await using var cluster = await OneNodeAsync(new RoomRule { FallingBehind = rule, MaxBehind = 2 });
        var slow = cluster["a"].Join("news", "ann");
        cluster.Turn();
        slow.Transport.Capacity = 1;
        await FillAsync(cluster, 1);
        var asking = PublishAsync(cluster["a"]);
        await FillAsync(cluster, 5);
        slow.Transport.Unblock();

        var receipt = await cluster.AnswerAsync(asking);

        Assert.Equal(new ReceiptCounts(Members: 1, Addressed: 1, Written: 0, Withheld: 0, LeftBehind: 1, Users: 0), receipt.Sum);
    }

    [Fact]
    public async Task Who_is_led_to_the_newest_one_gets_it()
    {
        await using var cluster = await OneNodeAsync(new RoomRule { FallingBehind = FallingBehind.Latest, MaxBehind = 2 });
        var slow = cluster["a"].Join("news", "ann");
        cluster.Turn();
        slow.Transport.Capacity = 1;
        await FillAsync(cluster, 6);
        var asking = PublishAsync(cluster["a"]);
        slow.Transport.Unblock();

        var receipt = await cluster.AnswerAsync(asking);

        Assert.Equal(new ReceiptCounts(Members: 1, Addressed: 1, Written: 1, Withheld: 0, LeftBehind: 0, Users: 1), receipt.Sum);
        Assert.Equal("news", slow.Publications("news").Last());
    }

    [Fact]
    public async Task Who_catches_up_from_history_in_time_gets_it()
    {
        await using var cluster = await OneNodeAsync(new RoomRule { Window = new Bounds { MaxCount = 4 } });
        var paused = cluster["a"].Join("news", "ann");
        cluster.Turn();
        paused.Pause("news");
        cluster.Turn();
        var asking = PublishAsync(cluster["a"]);
        await FillAsync(cluster, 10);
        paused.Resume("news");

        var receipt = await cluster.AnswerAsync(asking);

        Assert.Equal(new ReceiptCounts(Members: 1, Addressed: 1, Written: 1, Withheld: 0, LeftBehind: 0, Users: 1), receipt.Sum);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_named()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        cluster["a"].Join("news", "ann");
        cluster["b"].Join("news", "bob");
        cluster.Turn();
        cluster["b"].Backplane.IsCutOff = true;

        var asking = PublishAsync(cluster["a"]);
        cluster.Pass(cluster.Options.CallTimeout);
        var receipt = await cluster.AnswerAsync(asking);

        Assert.True(receipt.IsIncomplete);
        Assert.Equal(1, receipt.Sum.Written);
        Assert.Contains(receipt.Nodes, n => n is { IsAnswered: false, Node.Name: "b" });
    }

    [Fact]
    public async Task What_was_not_accepted_has_counted_nothing()
    {
        await using var cluster = await TestCluster.OfAsync("a");
        cluster["a"].Join("news", "ann");
        cluster.Turn();
        cluster["a"].Backplane.IsDown = true;

        var receipt = await cluster.AnswerAsync(PublishAsync(cluster["a"]));

        Assert.Equal(PublishOutcome.Unknown, receipt.Result.Outcome);
        Assert.Equal(ReceiptCounts.Nobody, receipt.Sum);
        Assert.Empty(receipt.Nodes);
    }

    [Fact]
    public void Of_too_many_in_one_room_the_oldest_is_given_up()
    {
        var most = new ReceiptOptions().MaxPerRoom;
        var time = new ManualTime();
        var receipts = new RoomReceipts(most, time);
        for (var i = 1; i <= most + 1; i++)
        {
            receipts.Begin(new StreamPosition("e", (ulong)i), i - 1, members: 1);
        }

        Assert.Null(receipts.Find(new StreamPosition("e", 1)));
        Assert.True(receipts.HasGivenUp(new StreamPosition("e", 1)));
        Assert.False(receipts.HasGivenUp(new StreamPosition("e", 2)));
        Assert.NotNull(receipts.Find(new StreamPosition("e", 2)));
        Assert.False(receipts.Housekeep());
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.True(receipts.Housekeep());
    }

    [Fact]
    public async Task A_room_forgets_receipts_after_half_a_minute()
    {
        await using var cluster = await TestCluster.OfAsync("a");
        cluster["a"].Join("news", "ann");
        cluster.Turn();
        await cluster.AnswerAsync(PublishAsync(cluster["a"]));
        Assert.NotNull(cluster["a"].Hub.FindRoom("news")!.Receipts);

        cluster.Pass(TimeSpan.FromSeconds(32));

        Assert.Null(cluster["a"].Hub.FindRoom("news")!.Receipts);
    }

    [Fact]
    public async Task The_same_publication_again_has_the_same_receipt()
    {
        await using var cluster = await TestCluster.OfAsync("a");
        cluster["a"].Join("news", "ann");
        cluster.Turn();
        var first = await cluster.AnswerAsync(cluster["a"].Cluster.Receipts.PublishAsync("news", Publication.Text("x"), "key"));
        cluster["a"].Join("news", "bob");
        cluster.Turn();

        var again = await cluster.AnswerAsync(cluster["a"].Cluster.Receipts.PublishAsync("news", Publication.Text("x"), "key"));

        Assert.Equal(first.Result.Position, again.Result.Position);
        Assert.Equal(first.Sum, again.Sum);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_a_publication_whose_receipt_is_gone_or_never_was_it_is_said_that_it_is_not_known(bool hadReceipt)
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        cluster["a"].Join("news", "ann");
        cluster.Turn();
        var first = hadReceipt
            ? (await cluster.AnswerAsync(cluster["a"].Cluster.Receipts.PublishAsync("news", Publication.Text("x"), "key"))).Result
            : await cluster.AnswerAsync(cluster["a"].Hub.PublishAsync("news", Publication.Text("x"), "key").AsTask());
        cluster.Pass(TimeSpan.FromSeconds(hadReceipt ? 40 : 1));
        cluster["b"].Join("news", "bob");
        cluster.Turn();

        var again = await cluster.AnswerAsync(cluster["a"].Cluster.Receipts.PublishAsync("news", Publication.Text("x"), "key"));

        Assert.Equal(first, again.Result);
        Assert.Equal(ReceiptCounts.Nobody, again.Sum);
        Assert.True(again.IsIncomplete);
        var (here, there) = (again.Nodes.Single(n => n.Node!.Name == "a"), again.Nodes.Single(n => n.Node!.Name == "b"));
        Assert.Equal("It keeps no receipt of this publication: it came without one, or more than half a minute ago.", here.Failure);
        Assert.Equal(ReceiptCounts.Nobody, there.Value);
    }

    private static async Task<TestCluster> OneNodeAsync(RoomRule rule)
    {
        var cluster = new TestCluster(rule);
        await cluster.AddAsync("a");
        return cluster;
    }

    private static async Task FillAsync(TestCluster cluster, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await cluster.AnswerAsync(cluster["a"].Hub.PublishAsync("news", Publication.Text("fill")).AsTask());
            cluster.Turn();
        }
    }

    private static Task<Receipt> PublishAsync(ClusterNode node) => node.Cluster.Receipts.PublishAsync("news", Publication.Text("news"));
}
