using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Hosting;

/// <summary>What a backplane may bring with it: other event loops, and something else that runs sources.</summary>
public sealed class EnginesTests
{
    [Fact]
    public async Task A_node_takes_the_event_loops_that_are_among_its_services()
    {
        var loops = new SharedLoops(new HubOptions { EventLoops = 3 });
        await using var node = await GatewayNode.StartAsync(services: s => s.AddSingleton<EventLoops>(loops));

        Assert.Same(loops.All, node.Hub.Loops);
    }

    [Fact]
    public async Task A_node_takes_what_runs_sources_that_is_among_its_services()
    {
        var engine = new CountingEngine();
        await using var node = await GatewayNode.StartAsync(services: s => s.AddSingleton<IFeedEngine>(engine));
        var source = new ScriptedSource();

        node.App.Services.GetRequiredService<Feeds>().Attach("news", source);
        await source.Asked.UntilAsync(1);

        Assert.Equal(1, engine.Begun);
    }

    private sealed class CountingEngine : IFeedEngine
    {
        public int Begun { get; private set; }

        IFeed IFeedEngine.Begin(Attachment attachment, IFeed? before)
        {
            Begun++;
            return new Feed(attachment, before);
        }
    }
}
