namespace Broadcast.Gateway.Tests.Transports;

/// <summary>Over HTTP/1.1 in clear text without the middleware.</summary>
public sealed class PipeWayTests() : WaysTests(Way.Pipe);
