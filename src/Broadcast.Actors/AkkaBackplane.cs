using System.Diagnostics.Metrics;
using Akka.Actor;

namespace Broadcast.Actors;

/// <summary>
/// The backplane of nodes that are an Akka.NET cluster: each room has one owner among them, found by sharding, and what it hands over goes through pub-sub to the nodes
/// with members. Any thread may call it. A history is as safe as the node that owns it: when that ends, the room begins a new epoch, and its members are told.
/// </summary>
internal sealed class AkkaBackplane(Engine engine) : IBackplane
{
    private const string TooFast = "Publications come faster than their rooms' owners take them.";
    private const string NoOwner = "Nothing is published to a room in which only nodes talk.";
    private const string NoAnswer = "The room's owner did not answer in time.";

    /// <summary>How often a history is read from the start before it is given up.</summary>
    private const int MaxBeginnings = 3;

    private readonly Gate _publishing = new(engine.Options.MaxPublishing, engine.Options.MaxPublishingBytes);

    public bool CanLoseHandOvers => true;

    public bool SpansNodes => true;

    public bool IsReachable => engine.Majority.Refusal is null;

    public Meter Meter => engine.Counts.Meter;

    public Engine Engine => engine;

    /// <summary>
    /// Why an owner's answer that has just come is not passed on: this node's lease has ended, maybe while the process stood still. The owner may be on this node, and
    /// another have the room by now. Null if the lease still holds.
    /// </summary>
    private string? TooLate => engine.Majority.Refusal;

    public void Start(Action mayHaveLost) => engine.Start(mayHaveLost);

    public ValueTask<PublishResult> PublishAsync(string room, Publication publication, string? idempotencyKey, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PublishResult>(cancellation);
        }

        var payload = new Payload(publication);
        var bytes = payload.Size;
        var refusal = engine.Majority.Refusal
            ?? (!Engine.HasOwner(room) ? NoOwner
            : bytes > engine.MaxMessageBytes ? $"A publication between nodes has at most {engine.MaxMessageBytes} bytes; this one has {bytes}."
            : _publishing.TryEnter(bytes) ? null : TooFast);
        return refusal is null
            ? new ValueTask<PublishResult>(PublishAsync(new Publish(room, payload, idempotencyKey), bytes))
            : ValueTask.FromResult(PublishResult.Refused(refusal));
    }

    public async ValueTask NotifyAsync(string room, Notice notice, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (notice is NodeMessage { Body.Length: var bytes } && bytes > engine.MaxMessageBytes)
        {
            throw new BackplaneException($"A message between nodes has at most {engine.MaxMessageBytes} bytes; this one has {bytes}.");
        }

        if (Engine.HasOwner(room))
        {
            await AskOwnerAsync<Notified>(new Notify(room, notice));
        }
        else
        {
            ThrowIfStopping();
            engine.Mediator.Tell(new Akka.Cluster.Tools.PublishSubscribe.Publish(room, new Letter(room, notice)), ActorRefs.NoSender);
        }
    }

    public async ValueTask<StreamPosition> SubscribeAsync(string room, IHandOver receiver, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return (await AskAsync<Listening>(engine.Listeners, new ListenersActor.Open(room, receiver))).Top;
        }
        catch
        {
            engine.Listeners.Tell(new ListenersActor.Close(room), ActorRefs.NoSender);
            throw;
        }
    }

    public async ValueTask UnsubscribeAsync(string room, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        await AskAsync<ListenersActor.Closed>(engine.Listeners, new ListenersActor.Close(room));
    }

    public async ValueTask<HistoryPage> ReadAsync(string room, HistoryQuery query, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ThrowIfStopping();
        if (!Engine.HasOwner(room))
        {
            return new HistoryPage([], Engine.NoPosition);
        }

        // A page that is more than one message comes in several; what follows is asked for from where the last one ended.
        var (publications, rest, epoch) = (new List<StoredPublication>(), query, "");
        for (var beginnings = 1; beginnings <= MaxBeginnings;)
        {
            engine.Counts.Reads.Add(1);
            var page = await AskOwnerAsync<Page>(new Read(room, rest));
            if (publications.Count > 0 && !Continues(publications[^1].Offset, page))
            {
                publications.Clear();
                (rest, beginnings) = (query, beginnings + 1);
                continue;
            }

            publications.AddRange(page.Items.Select(i => new StoredPublication(i.Offset, i.Payload.Publication)));
            if (!page.IsCut)
            {
                return new HistoryPage(publications, page.Top);
            }

            epoch = page.Top.Epoch;
            rest = rest with { Since = page.Top with { Offset = page.Items[^1].Offset }, Limit = rest.EffectiveLimit - page.Items.Count };
        }

        throw new BackplaneException("The history changed again and again while it was read.");

        // Not if it is another owner's, or what was next has run out meanwhile.
        bool Continues(ulong last, Page page) => page.Top.Epoch == epoch && (query.Reverse || page.Items.Count == 0 || page.Items[0].Offset == last + 1);
    }

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    /// <summary>It is on its way when this returns for the first time, so that a caller's publications keep their order.</summary>
    private async Task<PublishResult> PublishAsync(Publish publish, int bytes)
    {
        try
        {
            return await engine.Owners.Ask<object>(publish, engine.Options.Timeout, engine.Ended) switch
            {
                Published published => TooLate is { } refusal ? PublishResult.Unknown(refusal) : PublishResult.Accepted(published.Position),
                Refused refused => PublishResult.Refused(refused.Reason),
                _ => PublishResult.Unknown("The room's owner answered something else than a position."),
            };
        }
        catch (Exception e) when (IsNoAnswer(e))
        {
            engine.Counts.Timeouts.Add(1);
            return PublishResult.Unknown(NoAnswer);
        }
        finally
        {
            _publishing.Leave(bytes);
        }
    }

    /// <exception cref="BackplaneException">The answer was no, or none came, or too late.</exception>
    private async Task<T> AskOwnerAsync<T>(IOwnerMessage message)
    {
        var answer = await AskAsync<T>(engine.Owners, message);
        return TooLate is { } refusal ? throw new BackplaneException(refusal) : answer;
    }

    /// <exception cref="BackplaneException">The answer was no, or none came.</exception>
    private async Task<T> AskAsync<T>(IActorRef whom, object message)
    {
        ThrowIfStopping();
        try
        {
            return await whom.Ask<object>(message, engine.Options.Timeout, engine.Ended) switch
            {
                T answer => answer,
                Refused refused => throw new BackplaneException(refused.Reason),
                var other => throw new BackplaneException($"A {other.GetType().Name} was the answer to a {message.GetType().Name}."),
            };
        }
        catch (Exception e) when (IsNoAnswer(e))
        {
            engine.Counts.Timeouts.Add(1);
            throw new BackplaneException(NoAnswer, e);
        }
    }

    private static bool IsNoAnswer(Exception e) => e is AskTimeoutException or TaskCanceledException or TimeoutException;

    private void ThrowIfStopping()
    {
        if (engine.IsStopping)
        {
            throw new BackplaneException("The node stops.");
        }
    }
}
