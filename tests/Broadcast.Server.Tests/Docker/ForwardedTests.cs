using System.Net;

namespace Broadcast.Server.Tests;

/// <summary>What docs/operations.md says of nodes behind a proxy, and docker/compose.cluster.yaml sets.</summary>
public sealed class ForwardedTests
{
    private const string Rules = """
        {
          "Broadcast": {
            "Rooms": [
              { "Name": "open", "Publish": "Anyone", "PublishRate": { "PerSecond": 1, "Burst": 1 } },
              { "Name": "own", "Publish": "Loopback" }
            ]
          }
        }
        """;

    private static readonly (string Name, string Value) s_behindProxy = ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true");

    [Fact]
    public async Task Clients_behind_a_proxy_have_rates_of_their_own()
    {
        using var file = new SettingsFile(Rules);
        using var node = NodeProcess.Start(["--urls", "http://127.0.0.1:0", "--settings", file.Name], variables: s_behindProxy);
        using var http = new HttpClient { BaseAddress = await node.ListeningAsync() };

        // One after the other within a second, or the first would be let through again: so the first is asked twice, and until it is refused.
        HttpStatusCode again;
        do
        {
            await PublishAsync(http, "open", "192.0.2.1");
            again = await PublishAsync(http, "open", "192.0.2.1");
        }
        while (again == HttpStatusCode.OK);

        Assert.Equal(HttpStatusCode.TooManyRequests, again);
        Assert.Equal(HttpStatusCode.OK, await PublishAsync(http, "open", "192.0.2.2"));
    }

    [Fact]
    public async Task Nobody_behind_a_proxy_is_this_machine_itself_whatever_address_is_forwarded()
    {
        using var file = new SettingsFile(Rules);
        using var node = NodeProcess.Start(["--urls", "http://127.0.0.1:0", "--settings", file.Name], variables: s_behindProxy);
        using var http = new HttpClient { BaseAddress = await node.ListeningAsync() };

        Assert.Equal(HttpStatusCode.Forbidden, await PublishAsync(http, "own", "127.0.0.1"));
    }

    /// <summary>With the headers that docker/nginx.conf sets.</summary>
    private static async Task<HttpStatusCode> PublishAsync(HttpClient http, string room, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/rooms/{room}/messages") { Content = new StringContent("hello") };
        request.Headers.Add("X-Forwarded-For", address);
        request.Headers.Add("X-Forwarded-Proto", "http");
        request.Headers.Add("X-Real-IP", address);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
