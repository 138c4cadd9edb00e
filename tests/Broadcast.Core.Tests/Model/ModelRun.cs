using System.Globalization;

namespace Broadcast.Core.Tests.Model;

/// <summary>Runs a program on a node, brings it to rest, and judges what every client received.</summary>
public sealed class ModelRun : IDisposable
{
    private const int MaxReplyBytes = 1_024;

    private static readonly TestDialect[] Dialects = [TestDialect.Full, TestDialect.Decorating, TestDialect.Full, TestDialect.Bare];

    private readonly Scenario _scenario;
    private readonly TestNode _node;
    private readonly ModelClient?[] _current = new ModelClient?[Scenario.Clients];
    private readonly List<ModelClient> _clients = [];
    private int _published;
    private int _failedReads;

    private ModelRun(Scenario scenario)
    {
        _scenario = scenario;
        var options = new HubOptions { MaxWindowBytes = scenario.Budget, Connections = new ConnectionOptions { MaxReplyBytes = MaxReplyBytes } };
        var rules = scenario.Rooms.Select(r => r.ToRule()).ToArray();
        _node = new TestNode(loops: scenario.Loops, options: options, rules: name => rules[name[1] - '0']);
        _node.Backplane.HandsOver = scenario.HandsOver;
        foreach (var loop in _node.Hub.Loops)
        {
            loop.Slice = 2;
        }
    }

    /// <exception cref="ModelException">Something was received that must not be, or was not that must.</exception>
    public static void Check(Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        using var run = new ModelRun(scenario);
        foreach (var step in scenario.Steps)
        {
            run.Perform(step);
        }

        run.ComeToRest();
        run.Judge();
        run.EndAll();
    }

    public void Dispose()
    {
        TestDialect.Meanwhile = null;
        _node.Dispose();
    }

    private static string Name(int room) => string.Create(CultureInfo.InvariantCulture, $"r{room}");

    private void Perform(Step step)
    {
        var (backplane, room, n) = (_node.Backplane, Name(step.Room), step.Number);
        var here = _current[step.Client];
        switch (step.Do)
        {
            case Do.Turn:
                (here is not null && n % 2 == 0 ? here.Client.Connection.Loop : _node.Hub.Loops[n / 2 % _scenario.Loops]).Turn();
                break;
            case Do.TurnAll:
                _node.Settle();
                break;
            case Do.Publish:
                Publish(room, n);
                break;
            case Do.PublishRefused:
                backplane.Outcome = n % 2 == 0 ? PublishOutcome.Refused : PublishOutcome.Unknown;
                Publish(room, n);
                backplane.Outcome = PublishOutcome.Accepted;
                break;
            case Do.Notify:
                _ = _node.Hub.NotifyAsync(room, new SourceStopped("s", null)).AsTask();
                break;
            case Do.HandOver when backplane.Pending.Count > 0:
                backplane.HandOverPending(Pick(n, backplane.Pending.Count));
                break;
            case Do.Repeat when backplane.Pending.Count > 0:
                backplane.RepeatPending(n % backplane.Pending.Count);
                break;
            case Do.Lose when backplane.Pending.Count > 0:
                backplane.LosePending(Pick(n, backplane.Pending.Count));
                break;
            case Do.Join:
                Join(step.Client, room, n);
                break;
            case Do.Leave:
                Post(here, c => Leave(c, room));
                break;
            case Do.Pause:
                Post(here, c => Say(c, c.Find(room) is not null, s => s.Pause(), room, "paused"));
                break;
            case Do.Resume:
                Post(here, c => Say(c, c.Find(room) is { IsPaused: true }, s => s.Resume(), room, "resumed"));
                break;
            case Do.Block when here is not null:
                here.Client.Transport.Capacity = n % 3 == 0 ? 0 : n * 2;
                break;
            case Do.FinishRest:
                here?.Client.Transport.FinishRest();
                break;
            case Do.Unblock:
                here?.Client.Transport.Unblock();
                break;
            case Do.Break when here is not null:
                here.MayEndWith.Add(Disconnect.WriteError.Code);
                here.Client.Transport.IsBroken = true;
                break;
            case Do.PublishDuringSend when here is not null:
                here.Client.Transport.Meanwhile = () => PublishMany(room, n);
                break;
            case Do.PublishDuringCollecting:
                TestDialect.Meanwhile = () => PublishMany(room, n);
                break;
            case Do.Reply when here is not null:
                if (++here.Replies >= 3)
                {
                    here.MayEndWith.Add(Disconnect.SlowConsumer.Code);
                }

                _ = here.Client.Connection.PostReply(TestFrame.Encode("reply", new string('x', 300)));
                break;
            case Do.CloseFromNode when here is not null:
                here.MayEndWith.Add(Disconnect.Shutdown.Code);
                _ = here.Client.Connection.PostClose(Disconnect.Shutdown);
                _current[step.Client] = null;
                break;
            case Do.EndFromClient when here is not null:
                here.MayEndWith.Add(Disconnect.GoingAway.Code);
                here.Client.Connection.PostTransportEnded(Disconnect.GoingAway);
                _current[step.Client] = null;
                break;
            case Do.Hold:
                backplane.Hold((BackplaneCall)(n % 4));
                break;
            case Do.LetGo:
                backplane.LetGo((BackplaneCall)(n % 4));
                break;
            case Do.Answer or Do.AnswerAsOfCall when backplane.Waiting.Count > 0:
                backplane.AnswerWaiting(n % backplane.Waiting.Count, step.Do == Do.AnswerAsOfCall);
                break;
            case Do.Fail when backplane.Waiting.Count > 0:
                Fail(n % backplane.Waiting.Count);
                break;
            case Do.Pass:
                Pass(n);
                break;
            case Do.Restart:
                backplane.Restart();
                break;
            case Do.SayMayHaveLost:
                backplane.SayMayHaveLost();
                break;
            default:
                // Nothing there to do it to.
                break;
        }
    }

    private static int Pick(int number, int count) => number % 3 == 0 ? number / 3 % count : 0;

    private void Publish(string room, int number)
    {
        var key = (number % 4) switch { 0 => null, var k => $"k{k}" };
        var text = $"{++_published}-{new string('d', number % 10 * 5)}";
        _ = _node.Hub.PublishAsync(room, new Publication(System.Text.Encoding.UTF8.GetBytes(text), ContentKind.Text) { Key = key }).AsTask();
    }

    private void PublishMany(string room, int number)
    {
        for (var i = 0; i <= number % 12; i++)
        {
            Publish(room, number + i);
        }
    }

    private void Join(int slot, string room, int number)
    {
        if (_current[slot] is not { } here || here.Client.Connection.State != ConnectionState.Open)
        {
            var dialect = Dialects[number / 10 % Dialects.Length];
            here = new ModelClient(_node.Connect(dialect), dialect);
            _current[slot] = here;
            _clients.Add(here);
            if (dialect == TestDialect.Bare)
            {
                here.MayEndWith.Add(Disconnect.NoticeCode);
            }
        }

        Post(here, connection =>
        {
            if (connection.State != ConnectionState.Open || connection.Find(room) is not null)
            {
                return;
            }

            var stream = _node.Backplane.StreamOf(room);
            var at = Place(number % 10, number, stream);
            var known = _node.Hub.FindRoom(room) is { State: RoomState.Open or RoomState.Lingering } open ? open.Position : (StreamPosition?)null;
            here.MembershipsIn(room).Add(new Membership(at, known, stream.Top));
            if (_node.Hub.RuleOf(room).FallingBehind == FallingBehind.Disconnect)
            {
                here.MayEndWith.Add(Disconnect.SlowConsumer.Code);
            }

            connection.Subscribe(room, at);
        });
    }

    private static JoinAt Place(int kind, int number, FakeStream stream) => kind switch
    {
        < 5 => JoinAt.Now,
        5 => JoinAt.Start,
        6 or 7 when stream.All.Count > 0 => JoinAt.After(stream.All[^Math.Min(stream.All.Count, (number / 10 * 2) + 1)].Position),
        6 or 7 => JoinAt.After(stream.Top),
        8 => JoinAt.After(new StreamPosition("e0", (ulong)(number / 10))),
        _ => JoinAt.After(stream.Top with { Offset = stream.Top.Offset + 1 + (ulong)(number / 10) }),
    };

    private static void Leave(Connection connection, string room)
    {
        if (connection.State == ConnectionState.Open && connection.Find(room) is not null)
        {
            connection.Unsubscribe(room);
            connection.Reply(TestFrame.Encode("reply", "left", room));
        }
    }

    private static void Say(Connection connection, bool holds, Action<Subscription> what, string room, string reply)
    {
        if (holds)
        {
            what(connection.Find(room)!);
            connection.Reply(TestFrame.Encode("reply", reply, room));
        }
    }

    private static void Post(ModelClient? client, Action<Connection> action) => _ = client?.Client.Connection.PostAction(action);

    private void Fail(int index)
    {
        var call = _node.Backplane.Waiting[index];
        if (call.Call == BackplaneCall.Unsubscribe || (call.Call == BackplaneCall.Read && ++_failedReads >= 5))
        {
            // Five failures in a row end a connection, and that is not what is judged here.
            return;
        }

        if (call.Call == BackplaneCall.Subscribe)
        {
            foreach (var client in _clients)
            {
                client.MayEndWith.Add(Disconnect.ServerError.Code);
            }
        }

        _node.Backplane.FailWaiting(index);
    }

    private void Pass(int number)
    {
        var time = TimeSpan.FromMilliseconds(number switch { < 30 => 150, < 60 => 1_100, < 80 => 2_500, < 97 => 6_000, _ => 61_000 });
        if (time.TotalSeconds > 60)
        {
            foreach (var client in _clients)
            {
                client.MayEndWith.Add(Disconnect.SlowConsumer.Code);
            }
        }

        _node.Time.Advance(time);
    }

    /// <summary>Every answer is given, everything handed over or found missing, every client reads again.</summary>
    private void ComeToRest()
    {
        TestDialect.Meanwhile = null;
        foreach (var call in Enum.GetValues<BackplaneCall>())
        {
            _node.Backplane.LetGo(call);
        }

        _node.Backplane.HandsOver = true;
        for (var second = 0; second < 12; second++)
        {
            while (_node.Backplane.Waiting.Count > 0)
            {
                _node.Backplane.AnswerWaiting();
            }

            _node.Backplane.HandOverAllPending();
            foreach (var client in _clients)
            {
                client.Client.Transport.Meanwhile = null;
                client.Client.Transport.Unblock();
                ResumeAll(client);
            }

            _node.Settle();
            if (second > 0)
            {
                _node.Time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        _node.Settle();
    }

    private static void ResumeAll(ModelClient client) => Post(client, connection =>
    {
        foreach (var subscription in connection.Subscriptions)
        {
            Say(connection, subscription.IsPaused, s => s.Resume(), subscription.Room.Name, "resumed");
        }
    });

    private void Judge()
    {
        var faults = _node.Logger.Lines.Where(l => l.Event.Id is 1 or 5 or 6).Select(l => l.Text);
        Require(!faults.Any(), $"A fault: {string.Join('\n', faults)}");
        Require(_node.Backplane.Breaches.Count == 0, string.Join('\n', _node.Backplane.Breaches));
        for (var i = 0; i < _clients.Count; i++)
        {
            var client = _clients[i];
            try
            {
                Judge(client);
            }
            catch (Exception e) when (e is ModelException or FormatException)
            {
                var log = string.Join("\n  ", System.Text.Encoding.UTF8.GetString(client.Client.Transport.Received.Span).Split('\n'));
                throw new ModelException($"Connection {i}: {e.Message}.\n  {log}");
            }
        }
    }

    private void Judge(ModelClient client)
    {
        var transport = client.Client.Transport;
        Require(transport.Breaches.Count == 0, string.Join(' ', transport.Breaches));
        var frames = TestFrame.DecodeAll(transport.Received.Span, out var incomplete);
        var ended = client.Client.Ended;
        Require(incomplete.Length == 0 || (ended is not null && !transport.IsCompleted), $"A part of a frame at the end: {incomplete}");
        Require(ended is null || client.MayEndWith.Contains(ended.Code), $"It was ended with {ended}");
        Require(ended is not null || client.Client.Connection.State == ConnectionState.Open, "It is being closed, for ever");
        Require(!transport.IsCompleted || frames is [.., { Kind: "close" }], "It was completed without a closing frame");

        var stays = new Dictionary<string, Stay>();
        var left = new Dictionary<string, int>();
        foreach (var frame in frames)
        {
            try
            {
                Follow(client, frame, stays, left);
            }
            catch (ModelException e)
            {
                throw new ModelException($"At '{frame}': {e.Message}");
            }
        }

        Require(frames.FindIndex(f => f.Kind == "close") is var close && (close < 0 || close == frames.Count - 1), "Something after the closing frame");
        if (ended is null)
        {
            JudgeEnd(client, stays);
        }
    }

    private void Follow(ModelClient client, TestFrame frame, Dictionary<string, Stay> stays, Dictionary<string, int> left)
    {
        var room = frame.Room;
        switch (frame.Kind)
        {
            case "open":
                Require(!stays.ContainsKey(room), "It was open already");
                var index = left.GetValueOrDefault(room);
                var memberships = client.MembershipsIn(room);
                Require(index < memberships.Count, "Nobody asked for that");
                var rule = _node.Hub.RuleOf(room).FallingBehind;
                stays[room] = new Stay(
                    frame, memberships[index], new Truth(_node.Backplane.StreamOf(room)), rule, client.Dialect.TellsGapsOfRule);
                break;
            case "reply" when frame.Text == "left":
                left[room] = left.GetValueOrDefault(room) + 1;
                stays.Remove(room);
                break;
            case "reply" when frame.Text is "paused" or "resumed" && stays.TryGetValue(room, out var stay):
                stay.IsPaused = frame.Text == "paused";
                break;
            case "pub" or "gap" or "joined" or "left" or "source":
                Require(stays.ContainsKey(room), "It is not in that room, or has not been told so");
                stays[room].Follow(frame);
                break;
            default:
                break;
        }
    }

    private void JudgeEnd(ModelClient client, Dictionary<string, Stay> stays)
    {
        foreach (var subscription in client.Client.Connection.Subscriptions)
        {
            var room = subscription.Room;
            Require(stays.ContainsKey(room.Name), $"It joined {room.Name} and was never told so");
            stays[room.Name].Finish();
            var head = room.Log.Head;
            Require(
                subscription is { State: SubscriptionState.Live, IsPaused: false } && subscription.Cursor == head,
                $"In {room.Name} it is {subscription.State} at {subscription.Cursor}, and the head is {head}");
            var top = _node.Backplane.StreamOf(room.Name).Top;
            Require(subscription.Position == top && room.Position == top, $"In {room.Name} it is at {subscription.Position}, and the room at {top}");
        }
    }

    /// <summary>When all have gone, nothing is left of them.</summary>
    private void EndAll()
    {
        foreach (var client in _clients)
        {
            client.Client.Connection.PostTransportEnded(Disconnect.GoingAway);
        }

        _node.Settle();
        foreach (var client in _clients)
        {
            client.Client.Transport.FinishRest();
        }

        _node.Pass(TimeSpan.FromSeconds(8));
        var hub = _node.Hub;
        Require(_clients.TrueForAll(c => c.Client.Ended is not null), "A connection never ended");
        Require(hub.ConnectionCount == 0 && hub.Loops.All(l => l.ConnectionCount == 0), $"{hub.ConnectionCount} connections are left");
        Require(hub.RoomCount == 0, $"{hub.RoomCount} rooms are left");
        Require(hub.Budget.Used == 0, $"{hub.Budget.Used} bytes of windows are left");
        Require(_node.Backplane.ListenedRooms.Count == 0, $"Still listening to {string.Join(' ', _node.Backplane.ListenedRooms)}");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ModelException(otherwise);
        }
    }
}
