namespace Broadcast.Gateway.Tests.Transports;

/// <summary>Over HTTP/1.1 in clear text with the middleware.</summary>
public sealed class DirectWayTests() : WaysTests(Way.Direct);
