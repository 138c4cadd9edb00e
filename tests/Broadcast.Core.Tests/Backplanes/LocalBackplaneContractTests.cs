namespace Broadcast.Core.Tests.Backplanes;

public sealed class LocalBackplaneContractTests() : BackplaneContract(new LocalBackplaneUnderTest());
