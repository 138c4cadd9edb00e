namespace Broadcast.Gateway.Tests.Transports;

/// <summary>Over HTTP/2 over TLS.</summary>
public sealed class Http2WayTests() : WaysTests(Way.Http2);
