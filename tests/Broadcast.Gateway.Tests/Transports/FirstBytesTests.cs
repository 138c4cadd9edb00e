using System.Text;

namespace Broadcast.Gateway.Tests.Transports;

/// <summary>Loops send on Kestrel's own socket; what they send must never overtake the answer that opens the connection.</summary>
public sealed class FirstBytesTests
{
    private const int Connects = 3_000;
    private const int AtOnce = 16;

    [Fact]
    [Trait("row", "S5.14")]
    public Task A_waiting_publication_never_overtakes_the_101() =>
        FirstBytesAreAsync(RawClient.Upgrade("/rooms/news/socket?since=start"), "HTTP/1.1 101 ");

    [Fact]
    [Trait("row", "S4.1")]
    public Task A_waiting_publication_never_overtakes_the_headers_of_an_event_stream() =>
        FirstBytesAreAsync("GET /rooms/news/events?since=start HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200 ");

    private static async Task FirstBytesAreAsync(string request, string expected)
    {
        await using var node = await GatewayNode.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await node.PublishAsync("news", $"waiting {i}");
        }

        var next = 0;
        var wrong = new List<string>();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) <= Connects)
            {
                await using var client = await RawClient.ConnectAsync(node.EndPoint);
                await client.SendAsync(request);
                var first = Encoding.Latin1.GetString(await client.ReadAsync(expected.Length));
                if (first != expected)
                {
                    lock (wrong)
                    {
                        wrong.Add(first);
                    }
                }
            }
        }));
        Assert.Empty(wrong);
        await node.AllGoneAsync();
        Assert.Equal((Connects, 0), (node.Transports.Direct, node.Transports.Streams));
    }
}
