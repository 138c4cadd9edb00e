namespace Broadcast.Gateway.Tests;

public sealed class PageTests
{
    [Fact]
    [Trait("row", "S4.15")]
    public async Task The_first_page_is_always_to_be_had_and_stands_in_where_the_build_had_no_npm()
    {
        await using var node = await GatewayNode.StartAsync(Way.InMemory);
        var page = await node.Http.GetStringAsync(node.Address("/"));
        var plain = await node.Http.GetStringAsync(node.Address("/?plain=1"));
        var isBundled = page.Contains("page/full.js", StringComparison.Ordinal);

        Assert.Contains("page/page.js", plain, StringComparison.Ordinal);
        Assert.Equal(!isBundled, plain.Contains("This node was built without Node.js or npm", StringComparison.Ordinal));
        if (!isBundled)
        {
            Assert.Equal(plain, page);
        }
    }

    [Fact]
    [Trait("row", "S2.47")]
    public async Task What_the_page_names_is_there_and_nothing_else_may_run_in_it()
    {
        await using var node = await GatewayNode.StartAsync(Way.InMemory);
        foreach (var path in (string[])["/", "/?plain=1"])
        {
            using var answer = await node.SendAsync(HttpMethod.Get, path);
            Assert.Contains("default-src 'none'; script-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            var parts = (await answer.Content.ReadAsStringAsync()).Split('"').Where(t => t.StartsWith("page/", StringComparison.Ordinal)).ToArray();
            Assert.NotEmpty(parts);
            foreach (var part in parts)
            {
                using var served = await node.SendAsync(HttpMethod.Get, "/" + part);
                Assert.True(served.IsSuccessStatusCode, part);
            }
        }
    }
}
