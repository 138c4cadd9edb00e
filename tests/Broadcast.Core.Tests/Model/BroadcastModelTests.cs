namespace Broadcast.Core.Tests.Model;

public sealed class BroadcastModelTests
{
    [Fact]
    [Trait("row", "S1.1")]
    [Trait("row", "S1.2")]
    [Trait("row", "S1.3")]
    [Trait("row", "S1.14")]
    [Trait("row", "S1.15")]
    public void Whatever_happens_every_client_gets_what_its_room_promises() => BroadcastModel.Check(BroadcastModel.Programs);
}
