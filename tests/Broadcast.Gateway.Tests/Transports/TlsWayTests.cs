namespace Broadcast.Gateway.Tests.Transports;

/// <summary>Over HTTP/1.1 over TLS.</summary>
public sealed class TlsWayTests() : WaysTests(Way.Tls);
