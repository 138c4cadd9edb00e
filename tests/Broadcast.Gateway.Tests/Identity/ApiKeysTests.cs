using System.Net;

namespace Broadcast.Gateway.Tests;

public sealed class ApiKeysTests
{
    [Fact]
    public async Task Each_of_several_keys_is_good_with_and_without_a_name()
    {
        var settings = IdentityNode.OpenToSignedIn("ApiKey");
        settings["Broadcast:ApiKeys:1:Key"] = "another-key-without-a-name";
        await using var node = await IdentityNode.StartAsync(settings);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, IdentityNode.ApiKey));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, "another-key-without-a-name"));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData(IdentityNode.ApiKey + "x")]
    [InlineData("AN-API-KEY-OF-24-LETTERS")]
    [InlineData("orders")]
    [InlineData(IdentityNode.ApiKey + "," + IdentityNode.ApiKey)]
    public async Task Another_key_gets_401_even_where_none_is_needed(string key)
    {
        await using var node = await IdentityNode.StartAsync(IdentityNode.OpenToSignedIn("Anyone"));

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, key));
    }

    [Fact]
    public async Task Without_keys_in_the_settings_none_is_good()
    {
        await using var node = await IdentityNode.StartAsync(
            IdentityNode.OpenToSignedIn("Anyone").Where(s => !s.Key.StartsWith("Broadcast:ApiKeys", StringComparison.Ordinal)).ToDictionary());

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, IdentityNode.ApiKey));
    }

    private static async Task<HttpStatusCode> StatusAsync(IdentityNode node, string key)
    {
        using var response = await node.PostAsync("r", ("X-API-Key", key));
        return response.StatusCode;
    }
}
