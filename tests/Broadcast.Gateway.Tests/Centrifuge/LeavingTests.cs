using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Centrifuge;

/// <summary>Clients that go while the node waits for a backplane that does not answer.</summary>
public sealed class LeavingTests
{
    private const int Text = 0x81;

    private static readonly string s_connect = $$$"""{"id":1,"connect":{"token":"{{{SignedToken.Of(channels: ["granted"])}}}"}}""";

    public enum End
    {
        Aborted,
        HalfClosed,
        NodeStopped,
    }

    public static TheoryData<string, End> Ends
    {
        get
        {
            var all = new TheoryData<string, End>();
            foreach (var end in Enum.GetValues<End>())
            {
                all.Add(s_connect, end);
                all.Add("""{"id":2,"history":{"channel":"news","limit":1}}""", end);
                all.Add("""{"id":2,"history":{"channel":"news","limit":1,"since":{"offset":1}}}""", end);
                all.Add("""{"id":2,"subscribe":{"channel":"news"}}""", end);
                all.Add("""{"id":2,"subscribe":{"channel":"news"}}""" + "\n" + """{"id":3,"unsubscribe":{"channel":"news"}}""", end);
                all.Add(string.Join('\n', Enumerable.Repeat("""{"id":2,"publish":{"channel":"news","data":1}}""", 4)), end);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Ends))]
    [Trait("row", "S5.12")]
    public async Task The_request_returns_and_gives_its_place_back(string commands, End end)
    {
        var backplane = new FaultyBackplane(new LocalBackplane(new LocalBackplaneOptions(), _ => new RoomRule(), TimeProvider.System));
        await using var node = await GatewayNode.StartAsync(
            settings: new(IdentityNode.Keys) { ["Broadcast:MaxPublishing"] = "1", ["Broadcast:Drain:Patience"] = "00:00:01" },
            services: s => s.AddSingleton<IBackplane>(backplane));
        await using var client = await RawClient.OpenAsync(node, "/connection/websocket");
        if (commands != s_connect)
        {
            await SayAsync(client, """{"id":1,"connect":{}}""");
            await client.ReadFrameAsync();
        }

        backplane.Hold();
        await SayAsync(client, commands);
        await SayAsync(client, """{"id":9,"rpc":{}}""");
        switch (end)
        {
            case End.Aborted:
                client.Socket.Dispose();
                break;
            case End.HalfClosed:
                client.Socket.Shutdown(SocketShutdown.Send);
                break;
            default:
                await node.StopAsync();
                break;
        }

        await Wait.UntilAsync(() => node.Active.Count == 0 && node.Hub.ConnectionCount == 0, "the request returned");
        backplane.Release();
    }

    private static Task SayAsync(RawClient client, string text) => client.SendAsync(RawClient.Frame(Text, Encoding.UTF8.GetBytes(text)));
}
