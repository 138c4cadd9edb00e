using System.Text;

namespace Broadcast.Core.Tests.Nodes;

/// <summary>Nodes know each other, and say which of them did not answer.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task A_node_that_comes_and_those_that_are_there_know_each_other_at_once()
    {
        await using var cluster = new TestCluster();
        var a = await cluster.AddAsync("a");
        var b = await cluster.AddAsync("b");
        var c = await cluster.AddAsync("c");

        Assert.Equal(["a", "b", "c"], a.Known);
        Assert.Equal(["b", "a", "c"], b.Known);
        Assert.Equal(["c", "a", "b"], c.Known);
    }

    [Fact]
    public async Task A_node_is_known_by_what_it_says_of_itself()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        cluster["b"].Cluster.SetAddress("http://10.0.0.2:8080");
        cluster["b"].Join("news");
        cluster.Pass(TimeSpan.FromSeconds(3));

        var b = cluster["a"].Cluster.Nodes[1];

        Assert.Equal(("b", "http://10.0.0.2:8080", 1, 1), (b.Name, b.Address, b.Connections, b.Rooms));
        Assert.Equal(cluster["b"].Cluster.Self.Id, b.Id);
        Assert.NotEqual(cluster["a"].Cluster.Self.Id, b.Id);
        Assert.InRange(b.Load, 0, 1);
        Assert.InRange(cluster.Time.GetUtcNow() - b.LastSeen, TimeSpan.Zero, TimeSpan.FromSeconds(2.2));
    }

    [Fact]
    public async Task A_node_that_was_killed_is_gone_within_ten_seconds_and_not_at_the_first_silence()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b", "c");
        cluster["b"].Backplane.IsCutOff = true;

        cluster.Pass(TimeSpan.FromSeconds(4.7));
        Assert.Equal(["a", "b", "c"], cluster["a"].Known);

        cluster.Pass(TimeSpan.FromSeconds(5.3));
        Assert.Equal(["a", "c"], cluster["a"].Known);
        Assert.Equal(["c", "a"], cluster["c"].Known);
        Assert.Contains(cluster["a"].Logger.Lines, l => l.Event.Id == 62);
    }

    [Fact]
    public async Task A_node_that_stops_says_so()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        await cluster["b"].Cluster.StopAsync();

        Assert.Equal(["a"], cluster["a"].Known);
        Assert.Null(cluster["a"].Cluster.Trouble);
    }

    [Fact]
    public async Task Lost_heartbeats_do_no_harm_while_some_get_through()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var heard = 0;
        cluster.Store.OnNotice = (_, _) => ++heard % 3 == 0 ? NoticeFault.None : NoticeFault.Lost;
        for (var second = 0; second < 60; second++)
        {
            cluster.Pass(TimeSpan.FromSeconds(1));
            cluster["a"].Cluster.SetAddress($"{second}");
        }

        cluster.Store.OnNotice = (_, _) => NoticeFault.None;
        cluster.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(["a", "b"], cluster["a"].Known);
        Assert.Equal("59", cluster["b"].Cluster.Nodes[1].Address);
    }

    [Fact]
    public async Task Where_the_backplane_is_one_nodes_own_there_is_one_node_and_nothing_is_told()
    {
        using var node = new TestNode();
        await using var cluster = new Cluster(node.Hub, "alone", new ClusterOptions(), node.Logger);
        await cluster.StartAsync();
        var client = node.Connect(user: "ann");
        node.Settle();

        var counts = await cluster.Clients.CountAsync("ann");

        Assert.Equal(1, Assert.Single(counts).Value);
        Assert.Null(cluster.Trouble);
        Assert.Empty(node.Backplane.ListenedRooms);
        Assert.Null(client.Ended);
    }

    [Fact]
    public async Task A_node_that_has_just_come_says_that_it_may_not_know_all()
    {
        await using var cluster = new TestCluster();
        var a = await cluster.AddAsync("a");
        var early = await cluster.AnswerAsync(a.Cluster.Clients.CountAsync("ann"));

        cluster.Pass(cluster.Options.Heartbeat * 1.3);
        var later = await cluster.AnswerAsync(a.Cluster.Clients.CountAsync("ann"));

        Assert.Equal("This node has only just begun to hear the others, and may not know all of them yet.", early[1].Failure);
        Assert.Null(early[1].Node);
        Assert.Single(later);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_in_time_is_named_and_the_others_answers_are_given()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b", "c");
        var heard = 0;
        cluster.Store.OnHeard = (room, _) => Interlocked.Add(ref heard, room.StartsWith("!node:", StringComparison.Ordinal) ? 1 : 0);
        cluster["c"].Connect("ann");
        cluster.Turn();
        cluster["b"].Backplane.IsCutOff = true;

        var call = cluster["a"].Cluster.Clients.CountAsync("ann");
        await cluster.UntilAsync(() => Volatile.Read(ref heard) == 1, "the answer of c");
        Assert.False(call.IsCompleted);
        cluster.Time.Advance(cluster.Options.CallTimeout);
        var answers = await cluster.AnswerAsync(call);

        Assert.Equal(["a 0 ", "c 1 ", "b 0 It did not answer within 2 s."], answers.Select(a => $"{a.Node!.Name} {a.Value} {a.Failure}"));
    }

    [Fact]
    public async Task A_node_that_goes_while_it_is_asked_is_not_waited_for()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        cluster.Store.OnNotice = (room, _) => room.StartsWith("!node:", StringComparison.Ordinal) ? NoticeFault.Lost : NoticeFault.None;

        var call = cluster["a"].Cluster.Clients.CountAsync("ann");
        await cluster["b"].Cluster.StopAsync();

        Assert.Equal("a", Assert.Single(await cluster.AnswerAsync(call)).Node!.Name);
    }

    [Fact]
    public async Task A_node_whose_backplane_is_away_answers_alone_and_says_why()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        cluster["a"].Connect("ann");
        cluster.Turn();
        cluster["a"].Backplane.IsDown = true;

        var answers = await cluster.AnswerAsync(cluster["a"].Cluster.Clients.CountAsync("ann"));

        Assert.Equal(1, answers[0].Value);
        Assert.Null(answers[1].Node);
        Assert.Equal("The other nodes cannot be asked now: The test says that it cannot be reached.", answers[1].Failure);
        Assert.Equal(2, answers.Count);
    }

    [Fact]
    public async Task Nodes_that_cannot_hear_each_other_know_that_they_do_not_know_and_find_each_other_again()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        cluster["a"].Backplane.IsCutOff = true;
        cluster.Pass(TimeSpan.FromSeconds(10));

        Assert.Equal(["a"], cluster["a"].Known);
        Assert.StartsWith("This node has heard nothing through the backplane for ", cluster["a"].Cluster.Trouble, StringComparison.Ordinal);
        Assert.Null(cluster["b"].Cluster.Trouble);

        cluster["a"].Backplane.IsCutOff = false;
        cluster.Pass(TimeSpan.FromSeconds(6));
        Assert.Equal(["a", "b"], cluster["a"].Known);
        Assert.Null(cluster["a"].Cluster.Trouble);
    }

    [Fact]
    public async Task A_node_that_starts_while_the_backplane_is_away_is_there_when_it_is_back()
    {
        await using var cluster = await TestCluster.OfAsync("a");
        var b = new ClusterNode("b", cluster.Store.Join(), new RoomRule(), cluster.Time, new ClusterOptions(), new MailboxOptions(), new SessionOptions());
        b.Backplane.IsDown = true;
        await b.Cluster.StartAsync();
        Assert.NotNull(b.Cluster.Trouble);
        Assert.Contains(b.Logger.Lines, l => l.Event.Id == 63);

        b.Backplane.IsDown = false;
        cluster.Pass(TimeSpan.FromSeconds(5));

        Assert.Equal(["b", "a"], b.Known);
        Assert.Equal(["a", "b"], cluster["a"].Known);
        await b.DisposeAsync();
    }

    [Fact]
    public async Task What_is_asked_twice_is_done_once()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        cluster.Store.OnNotice = (_, _) => NoticeFault.Repeated;
        var client = cluster["b"].Connect("ann").Greeted();
        cluster.Turn();

        var answers = await cluster.AnswerAsync(cluster["a"].Cluster.Clients.SendAsync(ClientTarget.OfUser("ann"), "hello"u8.ToArray(), ContentKind.Text));

        Assert.Equal([0, 1], answers.Select(a => a.Value));
        Assert.Equal("hello", Assert.Single(client.Frames).Text);
    }

    [Fact]
    public async Task More_calls_than_may_be_under_way_are_answered_alone_and_say_so()
    {
        await using var cluster = new TestCluster { Options = new ClusterOptions { MaxCalls = 1 } };
        var a = await cluster.AddAsync("a");
        var b = await cluster.AddAsync("b");
        cluster.Pass(TimeSpan.FromSeconds(3));
        b.Backplane.IsCutOff = true;

        var first = a.Cluster.Clients.CountAsync("ann");
        var second = await cluster.AnswerAsync(a.Cluster.Clients.CountAsync("ann"));
        cluster.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("This node has 1 calls to other nodes under way, and may have no more.", second[1].Failure);
        Assert.Equal("b", (await cluster.AnswerAsync(first))[1].Node!.Name);
        b.Backplane.IsCutOff = false;
        Assert.True((await cluster.AnswerAsync(a.Cluster.Clients.CountAsync("ann")))[1].IsAnswered);
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_replaced_by_a_sentence()
    {
        await using var cluster = new TestCluster { Options = new ClusterOptions { MaxAnswerBytes = 1_024 } };
        var a = await cluster.AddAsync("a");
        var b = await cluster.AddAsync("b");
        cluster.Pass(TimeSpan.FromSeconds(3));
        for (var i = 0; i < 20; i++)
        {
            b.Connect("ann");
        }

        cluster.Turn();
        var answers = await cluster.AnswerAsync(a.Cluster.Clients.FindAsync("ann"));

        Assert.Null(answers[1].Value);
        Assert.Matches("^Its answer has [0-9]+ bytes, and may have 1024.$", answers[1].Failure);
    }

    [Theory]
    [InlineData("""{"form":1,"kind":"dance","sender":SENDER}""", true)]
    [InlineData("""{"form":1,"kind":"here","sender":SENDER,"mood":{"good":true}}""", true)]
    [InlineData("""{"form":1,"kind":"call","sender":SENDER,"call":1,"method":"fly","body":{}}""", true)]
    [InlineData("""{"form":2,"kind":"here","sender":SENDER}""", false)]
    [InlineData("""{"form":1,"kind":"here"}""", false)]
    [InlineData("""{"form":1,"sender":SENDER}""", false)]
    [InlineData("""{"kind":7}""", false)]
    [InlineData("""not JSON""", false)]
    public async Task What_a_node_of_another_version_says_does_no_harm(string said, bool isHeard)
    {
        await using var cluster = await TestCluster.OfAsync("a");
        var letter = said.Replace("SENDER", """{"id":"x1","name":"x","address":"","version":"9.9","future":[1,2]}""", StringComparison.Ordinal);
        await using var x = cluster.Store.Join();
        await x.NotifyAsync("!nodes", new NodeMessage(Encoding.UTF8.GetBytes(letter)), CancellationToken.None);

        string[] known = isHeard ? ["a", "x"] : ["a"];
        Assert.Equal(known, cluster["a"].Known);
    }

    [Fact]
    public async Task A_node_that_does_not_know_a_method_says_so()
    {
        await using var cluster = await TestCluster.OfAsync("a");
        var answered = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Store.OnHeard = (room, notice) => _ = room == "!node:x1" && answered.TrySetResult(Encoding.UTF8.GetString(((NodeMessage)notice).Body.Span));
        await using var x = cluster.Store.Join();
        await x.SubscribeAsync("!node:x1", new Listener().In("!node:x1"), CancellationToken.None);

        var letter = """{"form":1,"kind":"call","sender":{"id":"x1","name":"x"},"call":7,"method":"fly","body":{}}"""u8.ToArray();
        await x.NotifyAsync("!nodes", new NodeMessage(letter), CancellationToken.None);

        var answer = await answered.Task.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Contains("\"call\":7", answer, StringComparison.Ordinal);
        Assert.Contains("which does not know fly.", answer, StringComparison.Ordinal);
    }
}
