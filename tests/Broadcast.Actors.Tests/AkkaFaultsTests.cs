namespace Broadcast.Actors.Tests;

public sealed class AkkaFaultsTests() : FaultsContract(new AkkaBackplaneUnderTest());
