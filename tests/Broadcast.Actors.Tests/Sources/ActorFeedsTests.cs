using Akka.TestKit.Xunit2;

namespace Broadcast.Actors.Tests.Sources;

public sealed class ActorFeedsTests : FeedsContract, IDisposable
{
    private readonly TestKit _kit = new();

    public ActorFeedsTests() => Engine = new ActorFeedEngine(_kit.Sys.ActorOf(SourcesActor.Props(), "sources"));

    protected override IFeedEngine? Engine { get; }

    public void Dispose() => _kit.Dispose();
}
