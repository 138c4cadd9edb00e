namespace Broadcast.Actors.Tests;

public sealed class AkkaContractTests() : BackplaneContract(new AkkaBackplaneUnderTest());
