namespace Broadcast.Gateway.Tests;

/// <summary>How clients reach a node.</summary>
public enum Way
{
    /// <summary>HTTP/1.1 in clear text, with the middleware: loops send on the socket itself.</summary>
    Direct,

    /// <summary>HTTP/1.1 in clear text, as an application that embeds the node without the middleware has it.</summary>
    Pipe,

    /// <summary>HTTP/1.1 over TLS.</summary>
    Tls,

    /// <summary>HTTP/2 over TLS; WebSockets by RFC 8441.</summary>
    Http2,

    /// <summary>The test server of ASP.NET Core, without any socket.</summary>
    InMemory,
}
