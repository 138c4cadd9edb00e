using System.Globalization;
using System.Text;
using Broadcast.Core.Tests.Pace;

namespace Broadcast.Core.Tests.Mailboxes;

/// <summary>What is sent to a user who is away waits, and goes to one connection, in order; on every node.</summary>
public sealed class MailboxesTests
{
    private static MailboxOptions On => new() { Enabled = true };

    [Fact, Trait("row", "S4.21")]
    public async Task What_a_user_missed_comes_with_the_next_connection_in_order_and_only_once()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a", "b");
        Assert.Equal(new MailResult(MailOutcome.Kept, 0, null), await SendAsync(cluster, "a", "one"));
        Assert.Equal(MailOutcome.Kept, (await SendAsync(cluster, "b", "two")).Outcome);

        var first = cluster["b"].Join("news", "ann");
        await UntilToldAsync(cluster, first, "one", "two");
        var second = cluster["a"].Join("news", "ann");
        var other = cluster["a"].Join("news", "bob");
        await RestAsync(cluster);

        Assert.Equal(["one", "two"], Told(first));
        Assert.Empty(Told(second));
        Assert.Empty(Told(other));
    }

    [Fact, Trait("row", "S4.21"), Trait("row", "S2.9")]
    public async Task A_user_who_is_there_gets_it_at_once_on_every_connection_and_nothing_is_kept()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a", "b");
        var clients = new[] { cluster["a"].Join("news", "ann"), cluster["b"].Join("news", "ann") };
        await RestAsync(cluster);

        var result = await SendAsync(cluster, "a", "now");
        cluster.Turn();
        var late = cluster["a"].Join("news", "ann");
        await RestAsync(cluster);

        Assert.Equal(new MailResult(MailOutcome.Sent, 2, null), result);
        Assert.All(clients, c => Assert.Equal(["now"], Told(c)));
        Assert.Empty(Told(late));
    }

    [Fact, Trait("row", "S4.21")]
    public async Task What_is_sent_to_a_user_who_has_just_come_waits_behind_what_was_kept()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a", "b");
        await SendAsync(cluster, "b", "kept");
        var client = cluster["a"].Connect("ann");
        cluster.Turn();

        // It has not been told yet that it is connected.
        var live = await cluster.AnswerAsync(cluster["b"].Cluster.Clients.SendAsync(ClientTarget.OfUser("ann"), "live"u8.ToArray(), ContentKind.Text));
        Assert.Equal(MailOutcome.Kept, (await SendAsync(cluster, "b", "meanwhile")).Outcome);
        Assert.Equal(1, live.Sum(a => a.Value));
        Assert.Empty(Told(client));

        client.Join("news");
        await UntilToldAsync(cluster, client, "kept", "meanwhile", "live");
        await RestAsync(cluster);
        Assert.Equal(3, Told(client).Length);
    }

    [Fact, Trait("row", "S4.21")]
    public async Task What_is_sent_to_an_audience_waits_behind_what_was_kept_too()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a");
        await SendAsync(cluster, "a", "kept");
        var client = cluster["a"].Connect("ann");
        cluster.Turn();

        var sent = await cluster.AnswerAsync(cluster["a"].Cluster.Clients.SendAsync(Audience.SignedIn, "live"u8.ToArray(), ContentKind.Text));
        client.Join("news");
        await cluster.UntilAsync(() => Told(client).Length == 2, "both come");

        Assert.Equal(new AudienceCount(1, 1, 1), sent.Single().Value);
        Assert.Equal(["kept", "live"], Told(client));
    }

    [Theory, Trait("row", "S4.21")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Of_connections_that_come_at_the_same_moment_exactly_one_gets_what_was_kept(int perNode)
    {
        for (var round = 0; round < 10; round++)
        {
            await using var cluster = await TestCluster.WithAsync(On, "a", "b", "c");
            await SendAsync(cluster, "a", "one");
            await SendAsync(cluster, "a", "two");

            var clients = new[] { "a", "b", "c" }.SelectMany(n => Enumerable.Range(0, perNode).Select(_ => cluster[n].Join("news", "ann"))).ToArray();
            await cluster.UntilAsync(() => clients.Sum(c => Told(c).Length) >= 2, "somebody gets it");
            await RestAsync(cluster);

            Assert.Equal(["one", "two"], Assert.Single(clients.Select(Told), told => told.Length > 0));
        }
    }

    [Fact, Trait("row", "S4.21")]
    public async Task Nothing_falls_between_a_sender_and_a_user_who_comes_at_that_moment()
    {
        var random = new Random(2131);
        for (var round = 0; round < 40; round++)
        {
            await using var cluster = await TestCluster.WithAsync(On, "a", "b");
            var sending = Task.Run(async () =>
            {
                for (var number = 0; number < 6; number++)
                {
                    await cluster["a"].Cluster.Mailboxes.SendAsync("ann", Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture)), ContentKind.Text);
                }
            });

            for (var turns = random.Next(200); turns > 0; turns--)
            {
                cluster.Turn();
                await Task.Yield();
            }

            var client = cluster[random.Next(2) == 0 ? "a" : "b"].Join("news", "ann");
            await cluster.UntilAsync(() => sending.IsCompleted && Told(client).Length >= 6, "everything comes");
            await RestAsync(cluster);

            Assert.Equal(["0", "1", "2", "3", "4", "5"], Told(client));
        }
    }

    [Fact, Trait("row", "S4.21")]
    public async Task Beyond_the_count_the_oldest_are_lost_and_counted()
    {
        var options = On;
        options.MaxMessages = 3;
        await using var cluster = await TestCluster.WithAsync(options, "a");
        using var counted = new Outcomes(cluster["a"].Hub.Metrics.MailboxMessages);
        foreach (var text in new[] { "one", "two", "three", "four", "five" })
        {
            await SendAsync(cluster, "a", text);
        }

        var client = cluster["a"].Join("news", "ann");
        await UntilToldAsync(cluster, client, "three", "four", "five");
        await RestAsync(cluster);

        Assert.Equal((5, 3, 2), (Count(counted, "kept"), Count(counted, "delivered"), Count(counted, "lost")));
    }

    [Fact, Trait("row", "S4.21")]
    public async Task What_is_too_old_is_lost_and_counted_once()
    {
        var options = On;
        options.MaxAge = TimeSpan.FromHours(1);
        await using var cluster = await TestCluster.WithAsync(options, "a");
        using var counted = new Outcomes(cluster["a"].Hub.Metrics.MailboxMessages);
        await SendAsync(cluster, "a", "old");
        cluster.Time.Advance(TimeSpan.FromMinutes(40));
        await SendAsync(cluster, "a", "new");
        cluster.Time.Advance(TimeSpan.FromMinutes(30));

        var client = cluster["a"].Join("news", "ann");
        await UntilToldAsync(cluster, client, "new");
        await RestAsync(cluster);
        await SendAsync(cluster, "a", "later");
        cluster["a"].Join("news", "ann");
        await RestAsync(cluster);

        Assert.Equal(["new", "later"], Told(client));
        Assert.Equal((2, 1, 1, 1), (Count(counted, "kept"), Count(counted, "delivered"), Count(counted, "lost"), Count(counted, "sent")));
    }

    [Fact, Trait("row", "S4.21")]
    public async Task Beyond_the_bytes_the_oldest_are_lost()
    {
        var options = On;
        (options.MaxBytes, options.MaxMessageBytes) = (3_000, 1_000);
        await using var cluster = await TestCluster.WithAsync(options, "a");
        var texts = Enumerable.Range(0, 4).Select(n => new string((char)('a' + n), 900)).ToArray();
        foreach (var text in texts)
        {
            await SendAsync(cluster, "a", text);
        }

        var client = cluster["a"].Join("news", "ann");
        await UntilToldAsync(cluster, client, texts[2..]);
    }

    [Fact, Trait("row", "S4.21")]
    public async Task What_cannot_be_kept_is_refused_in_one_sentence_and_sent_all_the_same_to_who_is_there()
    {
        var options = On;
        options.MaxMessageBytes = 4;
        await using var cluster = await TestCluster.WithAsync(options, "a");
        using var counted = new Outcomes(cluster["a"].Hub.Metrics.MailboxMessages);

        var refused = await SendAsync(cluster, "a", "too-long");
        var client = cluster["a"].Join("news", "ann");
        await RestAsync(cluster);

        Assert.Equal(MailOutcome.Refused, refused.Outcome);
        Assert.Equal(
            "The user is not connected, and a message that is kept has at most 4 bytes (Broadcast:Hub:Mailboxes:MaxMessageBytes); this has 8.", refused.Reason);
        Assert.Equal(MailOutcome.Sent, (await SendAsync(cluster, "a", "too-long")).Outcome);
        cluster.Turn();
        Assert.Equal(["too-long"], Told(client));
        Assert.Equal(1, Count(counted, "refused"));
        await Assert.ThrowsAsync<ArgumentException>(() => cluster["a"].Cluster.Mailboxes.SendAsync("", "x"u8.ToArray(), ContentKind.Text));
    }

    [Theory, Trait("row", "S4.21")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_cannot_be_kept_counts_as_sent_if_it_waits_for_a_client_that_has_just_come(bool byBackplane)
    {
        var options = On;
        options.MaxMessageBytes = byBackplane ? options.MaxMessageBytes : 4;
        await using var cluster = await TestCluster.WithAsync(options, "a", "b");
        var client = cluster["b"].Connect("ann");
        cluster.Turn();

        cluster["a"].Backplane.Refuses = byBackplane;
        var result = await SendAsync(cluster, "a", "too-long");
        var other = await SendAsync(cluster, "a", "too-long", "bob");
        cluster["a"].Backplane.Refuses = false;
        client.Join("news");
        await UntilToldAsync(cluster, client, "too-long");
        await RestAsync(cluster);

        Assert.Equal(["too-long"], Told(client));
        Assert.Equal(new MailResult(MailOutcome.Sent, 1, null), result);
        Assert.Equal(MailOutcome.Refused, other.Outcome);
    }

    [Fact]
    public async Task Nothing_is_kept_unless_it_is_set()
    {
        await using var cluster = await TestCluster.OfAsync("a");

        var result = await SendAsync(cluster, "a", "lost");

        Assert.Equal(new MailResult(MailOutcome.Refused, 0, "The user is not connected, and nothing is kept (Broadcast:Hub:Mailboxes:Enabled)."), result);
    }

    [Fact, Trait("row", "S4.21")]
    public async Task A_sender_is_told_when_the_backplane_cannot_be_reached()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a");
        cluster["a"].Backplane.IsDown = true;

        var result = await SendAsync(cluster, "a", "lost");

        Assert.Equal((MailOutcome.Unknown, "The test says that it cannot be reached."), (result.Outcome, result.Reason));
    }

    [Fact, Trait("row", "S4.21")]
    public async Task What_a_client_did_not_take_before_it_went_stays_for_the_next_one()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a");
        var texts = Enumerable.Range(0, 8).Select(n => new string((char)('a' + n), 50_000)).ToArray();
        foreach (var text in texts)
        {
            await SendAsync(cluster, "a", text);
        }

        // Half of 256 KiB waits for it at a time: two of these.
        var first = cluster["a"].Connect("ann");
        first.Transport.Capacity = 320_000;
        first.Join("news");
        await cluster.UntilAsync(() => first.Connection.IsParked, "the client takes no more");
        first.Connection.PostTransportEnded(Disconnect.GoingAway);
        first.Transport.IsBroken = true;
        cluster.Turn();
        first.Transport.FinishRest();
        await RestAsync(cluster);

        var second = cluster["a"].Join("news", "ann");
        await cluster.UntilAsync(() => Told(second) is [.., var last] && last == texts[^1], "the rest comes");
        var (had, got) = (Told(first), Told(second));
        Assert.Equal(6, had.Length);
        Assert.Equal(texts[^got.Length..], got);

        // Nothing is missing, and twice comes at most what was on its way.
        Assert.InRange(had.Length + got.Length, texts.Length, texts.Length + 2);
        Assert.Empty(first.Transport.Breaches);
    }

    [Fact, Trait("row", "S4.21")]
    public async Task A_slow_client_gets_everything_without_more_waiting_for_it_than_may()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a");
        var texts = Enumerable.Range(0, 12).Select(n => new string((char)('a' + n), 60_000)).ToArray();
        foreach (var text in texts)
        {
            await SendAsync(cluster, "a", text);
        }

        var client = cluster["a"].Connect("ann");
        client.Transport.Capacity = 1_000;
        client.Join("news");
        await cluster.UntilAsync(
            () =>
            {
                client.Transport.FinishRest();
                return Told(client).Length == texts.Length;
            },
            "everything comes");

        Assert.Equal(texts, Told(client));
        Assert.Null(client.Ended);
    }

    [Fact, Trait("row", "S4.21")]
    public async Task A_client_that_takes_nothing_holds_up_no_other_one_that_comes()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a");
        await SendAsync(cluster, "a", "kept");
        var stuck = await StuckAsync(cluster);
        var other = cluster["a"].Join("news", "ann");
        cluster.Turn();
        await LiveAsync(cluster, "live");

        await PassPatienceAsync(cluster);
        await UntilToldAsync(cluster, other, "kept", "live");
        await RestAsync(cluster);

        Assert.Null(stuck.Ended);
        Assert.True(stuck.Connection.IsParked);

        // Nobody waits for it any more.
        Assert.Equal(2, (await SendAsync(cluster, "a", "later")).Connections);
        await UntilToldAsync(cluster, other, "kept", "live", "later");
    }

    [Fact, Trait("row", "S4.21")]
    public async Task Of_clients_that_come_together_one_gets_it_that_takes_it()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a");
        await SendAsync(cluster, "a", "kept");
        var clients = Enumerable.Range(0, 4).Select(_ => cluster["a"].Connect("ann")).ToArray();
        foreach (var client in clients)
        {
            client.Transport.Capacity = client == clients[2] ? int.MaxValue : 5;
            client.Join("news");
        }

        // It may be looked for before all of them are in: then one that takes nothing is first, and is waited for.
        await cluster.PassUntilAsync(() => Told(clients[2]).SequenceEqual(["kept"]), "it comes");
        await RestAsync(cluster);
    }

    [Fact, Trait("row", "S4.21")]
    public async Task A_client_that_took_nothing_for_a_while_is_held_up_by_no_other_one_and_gets_what_that_does_not_take()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a");
        string[] kept = [new string('a', 5_000), new string('b', 5_000)];
        await SendAsync(cluster, "a", kept[0]);
        await SendAsync(cluster, "a", kept[1]);
        var first = await StuckAsync(cluster, capacity: 1_000);
        var second = await StuckAsync(cluster, capacity: 1_000, meanwhile: PassPatienceAsync);
        await PassPatienceAsync(cluster);

        first.Transport.Unblock();
        Assert.Equal(2, await LiveAsync(cluster, "live"));
        await cluster.UntilAsync(() => Told(first) is [.., "live"], "the first is not held up");

        second.Connection.PostTransportEnded(Disconnect.GoingAway);
        second.Transport.IsBroken = true;
        cluster.Turn();
        second.Transport.FinishRest();
        await RestAsync(cluster);
        Assert.Equal([.. kept, "live", .. kept], Told(first));

        var third = cluster["a"].Join("news", "ann");
        await RestAsync(cluster);
        Assert.Empty(Told(third));
    }

    [Fact, Trait("row", "S4.21")]
    public async Task A_client_that_reads_is_not_reset_for_what_it_is_sent_while_another_one_takes_nothing()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a");
        await SendAsync(cluster, "a", "kept");
        await StuckAsync(cluster);
        var other = cluster["a"].Join("news", "ann");
        cluster.Turn();
        var texts = Enumerable.Range(0, 12).Select(n => new string((char)('a' + n), 30_000)).ToArray();
        foreach (var text in texts)
        {
            await LiveAsync(cluster, text);
            cluster.Turn();
        }

        Assert.Null(other.Ended);
        Assert.Equal(texts, Told(other));
    }

    [Fact, Trait("row", "S4.21")]
    public async Task After_a_fault_comes_again_only_what_was_on_its_way()
    {
        var options = On;
        options.MaxMessages = 250;
        await using var cluster = await TestCluster.WithAsync(options, "a", "b");
        var texts = Enumerable.Range(0, 250).Select(n => n.ToString("000", CultureInfo.InvariantCulture)).ToArray();
        foreach (var text in texts)
        {
            await SendAsync(cluster, "b", text);
        }

        // Pieces are pages here, of a hundred.
        await StuckAsync(cluster, capacity: 130 * TestFrame.Encode("reply", texts[0]).Length);
        cluster["a"].Backplane.IsCutOff = true;
        cluster.Pass(TimeSpan.FromSeconds(12));
        var client = cluster["b"].Join("news", "ann");

        await UntilToldAsync(cluster, client, texts[100..]);
    }

    [Fact, Trait("row", "S4.21")]
    public async Task However_much_is_kept_nobody_else_begins_while_it_is_handed_over()
    {
        var options = On;
        (options.MaxMessages, options.MaxBytes) = (150, 16 << 20);
        await using var cluster = await TestCluster.WithAsync(options, "a", "b");
        var texts = Enumerable.Range(0, 150).Select(n => $"{n}{new string('x', 60_000)}").ToArray();
        foreach (var text in texts)
        {
            await SendAsync(cluster, "b", text);
        }

        // Two at a time: of 75 marks, the last 64 are kept.
        await StuckAsync(cluster, capacity: 146 * 60_000);
        var other = cluster["b"].Join("news", "ann");
        await cluster.UntilAsync(() => other.Connection.IsGreeted, "the client is in");
        await RestAsync(cluster, "b");

        Assert.Empty(Told(other));
    }

    [Fact, Trait("row", "S4.21")]
    public async Task What_a_node_was_handing_over_when_it_was_cut_off_is_handed_over_by_another_one_when_it_is_gone()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a", "b");
        await SendAsync(cluster, "b", "one");
        await StuckAsync(cluster);
        cluster["a"].Backplane.IsCutOff = true;

        // Known to be gone, it holds nobody up.
        cluster.Pass(TimeSpan.FromSeconds(12));
        var client = cluster["b"].Join("news", "ann");
        await UntilToldAsync(cluster, client, "one");
    }

    [Fact, Trait("row", "S4.21")]
    public async Task A_node_that_gets_no_further_is_waited_for_as_long_as_its_lease()
    {
        var options = On;
        options.Lease = TimeSpan.FromSeconds(4);
        await using var cluster = await TestCluster.WithAsync(options, "a", "b");
        await SendAsync(cluster, "b", "one");
        await StuckAsync(cluster);
        cluster["a"].Backplane.IsCutOff = true;

        var client = cluster["b"].Join("news", "ann");
        await cluster.UntilAsync(() => client.Connection.IsGreeted, "the client is in");
        await RestAsync(cluster, "b");
        Assert.Empty(Told(client));
        Assert.Equal(1, cluster["b"].Cluster.Mailboxes.Count);

        cluster.Time.Advance(TimeSpan.FromSeconds(4));
        await UntilToldAsync(cluster, client, "one");
    }

    [Fact, Trait("row", "S4.21")]
    public async Task What_cannot_be_read_is_tried_again_until_it_can()
    {
        await using var cluster = await TestCluster.WithAsync(On, "a", "b");
        await SendAsync(cluster, "b", "one");
        var client = cluster["a"].Connect("ann");
        cluster.Turn();
        cluster["a"].Backplane.IsDown = true;
        client.Greeted();
        await cluster.UntilAsync(() => cluster["a"].Logger.Lines.Any(l => l.Event.Id == 90), "it is told");
        cluster["a"].Backplane.IsDown = false;
        await RestAsync(cluster);
        Assert.Empty(Told(client));

        cluster.Pass(TimeSpan.FromSeconds(5));
        await UntilToldAsync(cluster, client, "one");
    }

    [Fact]
    public void Rooms_of_mailboxes_have_bounds_of_their_own_and_names_that_nobody_can_ask_for()
    {
        var rule = new MailboxOptions { MaxMessages = 7, MaxAge = TimeSpan.FromHours(2) }.RuleOf("!mail:x")!;

        Assert.Equal((7, TimeSpan.FromHours(2)), (rule.History.MaxCount, rule.History.MaxAge));
        Assert.NotNull(RoomName.Refusal("!mail:x"));
        Assert.NotNull(RoomName.Refusal("!mark:x"));
        Assert.Null(On.RuleOf("mail:x"));
    }

    /// <summary>Node a has begun to hand over what ann has, to a client that takes no more.</summary>
    private static async Task<TestClient> StuckAsync(TestCluster cluster, int capacity = 5, Func<TestCluster, Task>? meanwhile = null)
    {
        var stuck = cluster["a"].Connect("ann");
        stuck.Transport.Capacity = capacity;
        stuck.Join("news");
        cluster.Turn();
        await (meanwhile?.Invoke(cluster) ?? Task.CompletedTask);
        await cluster.UntilAsync(() => IsStuck(stuck), "it waits for a client that takes no more");
        return stuck;
    }

    /// <summary>Until the client that takes nothing is waited for no longer if there is another one.</summary>
    private static async Task PassPatienceAsync(TestCluster cluster)
    {
        var due = cluster.Time.UntilDueAsync(TimeSpan.FromSeconds(1));
        await cluster.UntilAsync(() => due.IsCompleted, "somebody waits for a second");
        cluster.Pass(TimeSpan.FromSeconds(1));
    }

    /// <summary>Sends ann what is not kept.</summary>
    /// <returns>To how many.</returns>
    private static async Task<int> LiveAsync(TestCluster cluster, string text) =>
        (await cluster.AnswerAsync(cluster["a"].Cluster.Clients.SendAsync(ClientTarget.OfUser("ann"), Encoding.UTF8.GetBytes(text), ContentKind.Text))).Sum(a => a.Value);

    private static bool IsStuck(TestClient client) => client.Connection is { IsParked: true } c && c.ReplyRoom < c.MaxReplyBytes;

    private static int Count(Outcomes counted, string outcome) => counted.All.Count(o => o == outcome);

    private static string[] Told(TestClient client) => [.. client.Frames.Where(f => f.Kind == "reply").Select(f => f.Text)];

    private static Task UntilToldAsync(TestCluster cluster, TestClient client, params string[] texts) =>
        cluster.UntilAsync(() => Told(client).SequenceEqual(texts), $"{string.Join(", ", texts.Select(t => t[..Math.Min(20, t.Length)]))} come");

    private static Task<MailResult> SendAsync(TestCluster cluster, string node, string text, string user = "ann") =>
        cluster.AnswerAsync(cluster[node].Cluster.Mailboxes.SendAsync(user, Encoding.UTF8.GetBytes(text), ContentKind.Text));

    /// <summary>Until no node looks into a mailbox any more, or waits for a time to come.</summary>
    private static async Task RestAsync(TestCluster cluster, params string[] nodes)
    {
        foreach (var node in nodes.Length > 0 ? nodes : cluster.Names)
        {
            // What has been posted comes first: a client that is in has been looked for.
            cluster.Turn();
            await cluster.UntilAsync(() => cluster[node].Cluster.Mailboxes.Running == 0, "no mailbox is looked into");
        }
    }
}
