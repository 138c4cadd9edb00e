using Akka.TestKit.Xunit2;

namespace Broadcast.Actors.Tests.Sources;

public sealed class ActorFeedsTests : FeedsContract, IDisposable
{
    private readonly TestKit _kit = new();

    public ActorFeedsTests()
    {
        var sources = _kit.Sys.ActorOf(SourcesActor.Props(), "sources");
        Engine = new ActorFeedEngine(() => sources);
    }

    private protected override IFeedEngine? Engine { get; }

    public void Dispose() => _kit.Dispose();
}
