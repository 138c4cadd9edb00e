namespace Broadcast.Core.Tests.Backplanes;

public sealed class LocalBackplaneFaultsTests() : FaultsContract(new LocalBackplaneUnderTest());
