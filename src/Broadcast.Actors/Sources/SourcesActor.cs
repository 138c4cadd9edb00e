using System.Globalization;
using Akka.Actor;
using Akka.Streams;

namespace Broadcast.Actors;

/// <summary>
/// Supervises the sources of this node, each an actor of its own, and passes on to them what is said to a feed. A source that fails is that
/// actor's business; one whose actor throws, which is a fault of ours, is stopped, and the feed has failed.
/// </summary>
internal sealed class SourcesActor : ReceiveActor
{
    public const string Name = "sources";

    private readonly Dictionary<ActorFeed, IActorRef> _sources = [];
    private readonly ActorMaterializer _materializer = Context.Materializer();
    private long _started;

    public SourcesActor()
    {
        Receive<StartSource>(Start);
        Receive<SourceCommand>(PassOn);
        Receive<SourceGone>(Forget);
        Receive<DescribeSource>(Describe);
        Receive<TapSource>(Tap);
    }

    public static Props Props() => Akka.Actor.Props.Create(() => new SourcesActor());

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Start(StartSource start)
    {
        // The room may be looked for by operators; the number keeps a successor apart from the one that is still stopping.
        var name = string.Create(CultureInfo.InvariantCulture, $"{Uri.EscapeDataString(start.Feed.Attachment.Room)}-{++_started}");
        var source = Context.ActorOf(SourceActor.Props(start.Feed, start.Before, _materializer), name);
        _sources.Add(start.Feed, source);
        Context.WatchWith(source, new SourceGone(start.Feed));
    }

    private void PassOn(SourceCommand command)
    {
        if (_sources.TryGetValue(command.Feed, out var source))
        {
            source.Forward(command);
        }
    }

    private void Forget(SourceGone gone)
    {
        _sources.Remove(gone.Feed);
        // Said by itself, unless it never began.
        _ = gone.Feed.LeaveAsync("Its actor could not be made.");
    }

    private void Describe(DescribeSource describe) => Sender.Tell(new SourceReport(Newest(describe.Room, describe.Name)?.Status));

    private void Tap(TapSource tap)
    {
        if (Newest(tap.Room, tap.Name) is { Snapshot.IsOver: false } feed)
        {
            _sources[feed].Forward(tap);
        }
        else
        {
            Sender.Tell(new SourceTapped(null));
        }
    }

    private ActorFeed? Newest(string room, string name) =>
        _sources.Keys.FirstOrDefault(f => !f.IsStopping && f.Attachment.Room == room && f.Attachment.Name == name);

    private sealed record SourceGone(ActorFeed Feed);
}
