namespace Broadcast.Gateway.Tests.Transports;

/// <summary>Over the test server.</summary>
public sealed class InMemoryWayTests() : WaysTests(Way.InMemory);
