using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Actors.Tests;

/// <summary>An engine with nothing of a cluster, but probes in the places of those that its actors talk to; it may order for ever.</summary>
public abstract class WithoutCluster : TestKit
{
    protected const string Room = "news";

    /// <summary>Limits for what is certain to come, however busy the machine is.</summary>
    private const string Patient = "akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off, test { single-expect-default = 30 s, default-timeout = 30 s } }";

    private readonly ManualResetEventSlim _mayBegin = new(true);

    protected WithoutCluster()
        : base(Patient)
    {
        (Mediator, Owners) = (CreateTestProbe(), CreateTestProbe());
        Engine = new Engine(Options, Memory, RuleOf, Time, NullLoggerFactory.Instance, _ => { })
        {
            Mediator = Mediator.Ref,
            Owners = Owners.Ref,
            MaxMessageBytes = 2 << 20,
        };
        Engine.Majority.Prove(long.MaxValue, 0);
    }

    protected AkkaOptions Options { get; } = new() { Timeout = TimeSpan.FromSeconds(60) };

    protected LocalBackplaneOptions Memory { get; } = new();

    protected RoomRule Rule { get; } = new();

    protected ManualTime Time { get; } = new();

    protected TestProbe Mediator { get; }

    protected TestProbe Owners { get; }

    private protected Engine Engine { get; }

    /// <summary>Rooms that begin from now on wait; what they are sent meanwhile comes together.</summary>
    protected void Hold() => _mayBegin.Reset();

    protected void LetGo() => _mayBegin.Set();

    private protected static Publish Publishing(string text, string? key = null) => new(Room, new Payload(Protocol.Publication.Text(text)), key);

    protected static string Text(Publication publication) => System.Text.Encoding.UTF8.GetString(publication.Data.Span);

    /// <summary>Remembers what is sent to nobody.</summary>
    protected TestProbe DeadLetters()
    {
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters.Ref, typeof(Akka.Event.DeadLetter));
        return letters;
    }

    /// <summary>That nothing came before this moment: what is sent to a probe now comes first.</summary>
    protected static void HasNothing(TestProbe probe)
    {
        const string Mark = "nothing came before this";
        probe.Ref.Tell(Mark, ActorRefs.NoSender);
        probe.ExpectMsg(Mark);
    }

    protected override void AfterAll()
    {
        LetGo();
        base.AfterAll();
        _mayBegin.Dispose();
    }

    private RoomRule RuleOf(string room)
    {
        _mayBegin.Wait();
        return Rule;
    }
}
