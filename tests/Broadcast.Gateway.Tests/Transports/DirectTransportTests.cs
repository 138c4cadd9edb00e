using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Broadcast.Gateway.Tests.Transports;

/// <summary>What a direct send answers, on a real socket.</summary>
public sealed class DirectTransportTests : IDisposable
{
    private readonly Socket _node;
    private readonly Socket _client;
    private readonly DirectTransport _transport;

    public DirectTransportTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _client.Connect(listener.LocalEndPoint!);
        _node = listener.Accept();
        _node.Blocking = false;
        _transport = new DirectTransport(new DirectSocket(_node, new DefaultConnectionContext()), notSentLowAt: 64 << 10);
    }

    public void Dispose()
    {
        _client.Dispose();
        _node.Dispose();
    }

    [Fact]
    [Trait("row", "S1.10")]
    public void A_send_allocates_nothing()
    {
        var bytes = new byte[128];
        var received = new byte[bytes.Length];
        Assert.Equal(0, AllocatedBy(100));
        Assert.Equal(0, AllocatedBy(100));

        long AllocatedBy(int sends)
        {
            var allocated = 0L;
            for (var i = 0; i < sends; i++)
            {
                _ = _transport.Glance();
                var before = GC.GetAllocatedBytesForCurrentThread();
                var sent = _transport.TrySend(bytes);
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.Equal(bytes.Length, sent);
                for (var got = 0; got < sent;)
                {
                    got += _client.Receive(received);
                }
            }

            return allocated;
        }
    }

    [Fact]
    [Trait("row", "S1.8")]
    public void A_client_that_does_not_read_takes_a_part_and_then_nothing()
    {
        var bytes = new byte[64 << 20];
        var sent = _transport.TrySend(bytes);
        Assert.InRange(sent, 1, bytes.Length - 1);

        // The kernel makes room a few times more, while it moves what it has to the other side.
        for (var nothing = 0; nothing < 3;)
        {
            var more = _transport.TrySend(bytes);
            Assert.InRange(more, 0, bytes.Length - 1);
            nothing = more == 0 ? nothing + 1 : 0;
        }
    }

    [Fact]
    [Trait("row", "S1.11")]
    public async Task A_client_that_was_reset_cannot_be_reached()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Dispose();
        await Wait.UntilAsync(() => _transport.TrySend(new byte[1]) == -1, "the reset to arrive");
        Assert.Equal(-1, _transport.TrySend(new byte[1]));
    }

    [Fact]
    [Trait("row", "S1.11")]
    public void A_socket_that_Kestrel_closed_cannot_be_reached()
    {
        _node.Dispose();
        Assert.Equal(-1, _transport.TrySend(new byte[1]));
    }
}
