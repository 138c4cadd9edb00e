using Broadcast.Actors;

namespace Broadcast.Actors.Tests;

public sealed class AbsenceTests
{
    [Fact]
    public void A_build_without_the_engine_says_how_to_get_it()
    {
        Assert.Contains("-p:Akka=true", ActorEngine.Absence, StringComparison.Ordinal);
        Assert.Equal("ActorEngine", Assert.Single(typeof(ActorEngine).Assembly.GetExportedTypes()).Name);
    }
}
