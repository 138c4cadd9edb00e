using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Actors.Tests;

/// <summary>A client as an actor, in both deliveries; with real threads.</summary>
public sealed class ConnectionActorTests() : TestKit(s_config)
{
    private const string Room = "r";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly Config s_config = ConfigurationFactory.ParseString("akka.test.single-expect-default = 30s");

    [Theory]
    [InlineData(Delivery.Loops)]
    [InlineData(Delivery.Actors)]
    public async Task A_client_has_an_actor_of_its_name_as_long_as_it_is_there_and_nothing_is_lost_at_its_end(Delivery delivery)
    {
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters, typeof(DeadLetter));
        Sys.EventStream.Subscribe(letters, typeof(UnhandledMessage));
        await using var hub = Start(delivery);
        var clients = new List<Client>();
        for (var i = 0; i < 40; i++)
        {
            clients.Add(await JoinAsync(hub));
        }

        foreach (var client in clients)
        {
            await hub.PublishAsync(Room, new Publication(new byte[] { (byte)'1' }, ContentKind.Text));
            Watch(client.Actor);
            client.Connection.PostTransportEnded(Disconnect.GoingAway);
            Assert.Equal(Disconnect.GoingAway, await client.Connection.Completion.WaitAsync(s_patience));
            ExpectTerminated(client.Actor);
        }

        Assert.False(letters.HasMessages, letters.HasMessages ? letters.ReceiveOne(TimeSpan.Zero).ToString() : "");
        Assert.Equal(0, hub.ConnectionCount);
    }

    [Theory]
    [InlineData(Delivery.Loops)]
    [InlineData(Delivery.Actors)]
    public async Task It_says_what_the_client_is_and_where_it_stands(Delivery delivery)
    {
        await using var hub = Start(delivery);
        var client = await JoinAsync(hub, "ann");
        await hub.PublishAsync(Room, new Publication(new byte[] { (byte)'1' }, ContentKind.Text));

        var description = await AskUntilAsync<ClientDescription>(client, DescribeClient.Instance, d => d.Rooms is [{ Position.Offset: 1 }]);

        Assert.Equal((client.Connection.Id, "ann", "test"), (description.Client.Client, description.Client.User, description.Client.Path));
        Assert.Equal([Room], description.Client.Rooms);
        Assert.Equal((0ul, false, "Live"), (description.Rooms[0].Behind, description.Rooms[0].IsPaused, description.Rooms[0].State));
    }

    [Theory]
    [InlineData(Delivery.Loops)]
    [InlineData(Delivery.Actors)]
    public async Task It_pauses_and_resumes_a_room(Delivery delivery)
    {
        await using var hub = Start(delivery);
        var client = await JoinAsync(hub);
        Assert.True(await DoneAsync(client, new PauseRoom(Room)));
        Assert.False(await DoneAsync(client, new PauseRoom("other")));
        await hub.PublishAsync(Room, new Publication(new byte[] { (byte)'1' }, ContentKind.Text));
        var paused = await AskUntilAsync<ClientDescription>(client, DescribeClient.Instance, d => d.Rooms is [{ Behind: 1 }]);
        Assert.True(paused.Rooms[0].IsPaused);

        Assert.True(await DoneAsync(client, new ResumeRoom(Room)));
        await AskUntilAsync<ClientDescription>(client, DescribeClient.Instance, d => d.Rooms is [{ Behind: 0 }]);

        Assert.Equal(["1"], await OnLoopAsync(client, c => c.Publications(Room).ToArray()));
    }

    [Theory]
    [InlineData(Delivery.Loops)]
    [InlineData(Delivery.Actors)]
    public async Task It_puts_the_client_into_rooms_and_takes_it_out_and_says_why_not(Delivery delivery)
    {
        await using var hub = Start(delivery);
        var (client, bare) = (await JoinAsync(hub), await JoinAsync(hub, dialect: TestDialect.Bare));

        Assert.True(await DoneAsync(client, new JoinRoom("other")));
        Assert.False(await DoneAsync(client, new JoinRoom("other")));
        var badName = await client.Actor.Ask<ClientRefusal>(new JoinRoom("a room"), s_patience);
        var badPath = await bare.Actor.Ask<ClientRefusal>(new JoinRoom("other"), s_patience);
        await AskUntilAsync<ClientDescription>(client, DescribeClient.Instance, d => d.Rooms.All(r => r.State == "Live"));

        Assert.Equal(2, await OnLoopAsync(client, c => c.Connection.Subscriptions.Count));
        Assert.Equal(RoomName.Refusal("a room"), badName.Reason);
        Assert.Contains("'test'", badPath.Reason, StringComparison.Ordinal);
        Assert.False(await DoneAsync(client, new LeaveRoom("third")));

        // The clients of this path have no word for it.
        Assert.True(await DoneAsync(client, new LeaveRoom("other")));
        Assert.Equal(Disconnect.ForceNoReconnect, await client.Connection.Completion.WaitAsync(s_patience));
    }

    [Theory]
    [InlineData(Delivery.Loops)]
    [InlineData(Delivery.Actors)]
    public async Task It_sends_to_the_client_alone_and_ends_it_with_the_reason_given(Delivery delivery)
    {
        await using var hub = Start(delivery);
        var (client, other) = (await JoinAsync(hub), await JoinAsync(hub));
        Assert.True(await DoneAsync(client, new SendToClient(ContentKind.Text, new byte[] { (byte)'x' })));
        client.Actor.Tell(new CloseClient(Disconnect.ForceReconnect), ActorRefs.NoSender);

        Assert.Equal(Disconnect.ForceReconnect, await client.Connection.Completion.WaitAsync(s_patience));
        Assert.Equal(["open", "reply", "close"], client.Test.Frames.Select(f => f.Kind));
        Assert.Equal(["open"], await OnLoopAsync(other, c => c.Frames.Select(f => f.Kind).ToArray()));
        Assert.Null(other.Test.Ended);
    }

    [Theory]
    [InlineData(Delivery.Loops)]
    [InlineData(Delivery.Actors)]
    [Trait("row", "S1.11")]
    public async Task A_fault_of_an_actor_resets_its_client_and_no_other(Delivery delivery)
    {
        await using var hub = Start(delivery);
        using var faults = new CountOf(hub.Metrics.Faults);
        var (faulty, sound) = (await JoinAsync(hub), await JoinAsync(hub));
        Watch(faulty.Actor);

        faulty.Actor.Tell(Kill.Instance);

        ExpectTerminated(faulty.Actor);
        Assert.Equal(Disconnect.ServerError, await faulty.Connection.Completion.WaitAsync(s_patience));
        Assert.True(faulty.Test.Transport.IsAborted);
        Assert.Equal(1, faults.Value);
        await hub.PublishAsync(Room, new Publication(new byte[] { (byte)'1' }, ContentKind.Text));
        await AskUntilAsync<ClientDescription>(sound, DescribeClient.Instance, d => d.Rooms is [{ Position.Offset: 1 }]);
    }

    [Theory]
    [InlineData(Delivery.Loops)]
    [InlineData(Delivery.Actors)]
    public async Task Who_came_before_the_actors_began_gets_one_then(Delivery delivery)
    {
        var options = new HubOptions { EventLoops = 1 };
        var loops = SupervisedLoops.For(delivery, options);
        await using var hub = NewHub(options, loops);
        Assert.True(hub.TryReserve());
        var connection = hub.Connect(new FakeTransport(), TestDialect.Full);
        var joining = connection.PostSubscribe(Room, JoinAt.Now);

        Sys.ActorOf(ConnectionsActor.Props(loops), ConnectionsActor.Name);
        await joining.WaitAsync(s_patience);

        await ActorOfAsync(connection);
    }

    [Fact]
    public async Task Many_clients_of_a_room_get_everything_in_order_while_some_do_not_read()
    {
        await using var hub = Start(Delivery.Actors);
        var clients = new List<Client>();
        for (var i = 0; i < 100; i++)
        {
            clients.Add(await JoinAsync(hub));
        }

        foreach (var slow in clients.Take(10))
        {
            await slow.Connection.PostAction(_ => slow.Test.Transport.Capacity = 5);
        }

        for (var number = 1; number <= 200; number++)
        {
            await hub.PublishAsync(Room, new Publication(System.Text.Encoding.UTF8.GetBytes($"{number}"), ContentKind.Text));
        }

        foreach (var fast in clients.Skip(10))
        {
            await AskUntilAsync<ClientDescription>(fast, DescribeClient.Instance, d => d.Rooms is [{ Behind: 0 }]);
            Assert.Equal(Enumerable.Range(1, 200).Select(n => $"{n}"), await OnLoopAsync(fast, c => c.Publications(Room).ToArray()));
        }

        foreach (var slow in clients.Take(10))
        {
            await AskUntilAsync<ClientDescription>(slow, DescribeClient.Instance, _ => slow.Connection.IsParked);
            await slow.Connection.PostAction(_ => slow.Test.Transport.Unblock());
            await AskUntilAsync<ClientDescription>(slow, DescribeClient.Instance, d => d.Rooms is [{ Behind: 0 }]);
            Assert.Equal(Enumerable.Range(1, 200).Select(n => $"{n}"), await OnLoopAsync(slow, c => c.Publications(Room).ToArray()));
        }
    }

    private static Hub NewHub(HubOptions options, EventLoops loops)
    {
        var (rule, time) = (new RoomRule(), new ManualTime());
        var backplane = new LocalBackplane(new LocalBackplaneOptions(), _ => rule, time);
        return new Hub(options, backplane, _ => rule, time, NullLogger<Hub>.Instance, loops);
    }

    private static async Task<bool> DoneAsync(Client client, object request) => (await client.Actor.Ask<ClientDone>(request, s_patience)).Done;

    private static async Task<T> OnLoopAsync<T>(Client client, Func<TestClient, T> read)
    {
        T result = default!;
        await client.Connection.PostAction(_ => result = read(client.Test));
        return result;
    }

    private static async Task<T> AskUntilAsync<T>(Client client, object request, Func<T, bool> holds)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            var answer = await client.Actor.Ask<T>(request, patience.Token);
            if (holds(answer))
            {
                return answer;
            }
        }
    }

    private Hub Start(Delivery delivery)
    {
        var options = new HubOptions { EventLoops = 2 };
        var loops = SupervisedLoops.For(delivery, options);
        var hub = NewHub(options, loops);
        Sys.ActorOf(ConnectionsActor.Props(loops), ConnectionsActor.Name);
        return hub;
    }

    private async Task<Client> JoinAsync(Hub hub, string? user = null, TestDialect? dialect = null)
    {
        Assert.True(hub.TryReserve());
        var transport = new FakeTransport();
        var test = new TestClient(hub.Connect(transport, dialect ?? TestDialect.Full, user), transport);
        await test.Connection.PostSubscribe(Room, JoinAt.Now);
        var client = new Client(test, await ActorOfAsync(test.Connection));
        await AskUntilAsync<ClientDescription>(client, DescribeClient.Instance, d => d.Rooms is [{ State: "Live" }]);
        return client;
    }

    /// <summary>By its path; it is made soon after the client came.</summary>
    private async Task<IActorRef> ActorOfAsync(Connection connection)
    {
        using var patience = new CancellationTokenSource(s_patience);
        var path = Sys.ActorSelection($"/user/connections/{connection.Id}");
        while (true)
        {
            var identity = await path.Ask<ActorIdentity>(new Identify(null), patience.Token);
            if (identity.Subject is { } actor)
            {
                return actor;
            }
        }
    }

    private sealed record Client(TestClient Test, IActorRef Actor)
    {
        public Connection Connection => Test.Connection;
    }
}
