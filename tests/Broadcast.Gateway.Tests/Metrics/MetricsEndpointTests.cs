using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;

namespace Broadcast.Gateway.Tests;

public sealed class MetricsEndpointTests
{
    [Fact]
    public async Task What_was_counted_is_shown_with_its_labels()
    {
        await using var node = await StartAsync(Who.Anyone);
        using var client = node.GetTestClient();
        for (var i = 0; i < 3; i++)
        {
            using var body = new StringContent("hello");
            (await client.PostAsync(new Uri("/rooms/news/messages", UriKind.Relative), body)).EnsureSuccessStatusCode();
        }

        var lines = (await client.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n');

        Assert.Contains("# TYPE broadcast_publications_total counter", lines);
        Assert.Contains("broadcast_publications_total{outcome=\"accepted\"} 3", lines);
        Assert.DoesNotContain("broadcast_publications_total 0", lines);
    }

    [Fact]
    public async Task What_never_happened_is_shown_as_zero()
    {
        await using var node = await StartAsync(Who.Anyone);
        using var client = node.GetTestClient();

        var lines = (await client.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n');

        Assert.Contains("# HELP broadcast_faults_total exceptions that should not have happened", lines);
        Assert.Contains("broadcast_faults_total 0", lines);
        Assert.Contains("# TYPE broadcast_connections gauge", lines);
        Assert.Contains("broadcast_connections 0", lines);
        Assert.Contains("broadcast_window_evictions_total 0", lines);
    }

    [Fact]
    public async Task Two_nodes_in_one_process_count_apart()
    {
        await using var one = await StartAsync(Who.Anyone);
        await using var other = await StartAsync(Who.Anyone);
        using var client = one.GetTestClient();
        using var stranger = other.GetTestClient();
        using var body = new StringContent("hello");
        await client.PostAsync(new Uri("/rooms/news/messages", UriKind.Relative), body);

        Assert.Contains("broadcast_publications_total{outcome=\"accepted\"} 1", await client.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Contains("broadcast_publications_total 0", await stranger.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_metric_stands_in_the_operators_list()
    {
        await using var node = await StartAsync(Who.Anyone);
        using var client = node.GetTestClient();
        var list = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "operations.md"));

        var text = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));

        foreach (var type in text.Split('\n').Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)))
        {
            Assert.Contains($"| `{type.Split(' ')[2]}", list, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_is_no_operator_sees_nothing()
    {
        await using var node = await StartAsync(Who.Nobody);
        using var client = node.GetTestClient();

        var answer = await client.GetAsync(new Uri("/metrics", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.DoesNotContain("broadcast_", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(Who operators)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Broadcast:Operators"] = operators.ToString(),
            ["Broadcast:Rooms:0:Name"] = "*",
            ["Broadcast:Rooms:0:Subscribe"] = nameof(Who.Anyone),
            ["Broadcast:Rooms:0:Publish"] = nameof(Who.Anyone),
        });
        builder.WebHost.UseTestServer();
        builder.AddBroadcast();
        var app = builder.Build();
        app.MapBroadcast();
        await app.StartAsync();
        return app;
    }
}
