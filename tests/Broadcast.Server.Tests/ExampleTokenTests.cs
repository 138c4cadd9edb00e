using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Broadcast.Server.Tests;

/// <summary>What a newcomer is shown in Development works as it is printed.</summary>
public sealed class ExampleTokenTests
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData("secret", null, null)]
    [InlineData("a secret of more than thirty-two bytes", "a-kid", "an-audience")]
    public async Task The_printed_token_publishes_at_the_printed_address(string? secret, string? id, string? audience)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Broadcast:Rooms:0:Name"] = "chat:*",
            ["Broadcast:Rooms:0:Publish"] = "SignedIn",
            ["Broadcast:Tokens:Audience"] = audience,
        });
        if (secret is not null)
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Broadcast:Tokens:Keys:0:Algorithm"] = "HS256",
                ["Broadcast:Tokens:Keys:0:Secret"] = secret,
                ["Broadcast:Tokens:Keys:0:Id"] = id,
            });
        }

        ExampleToken.AddKey(builder.Configuration);
        builder.AddBroadcast();
        await using var app = builder.Build();
        app.MapBroadcast();
        await app.StartAsync();
        using var output = new StringWriter();

        ExampleToken.Print(app, output);

        var words = output.ToString().Split([' ', '\'', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var (token, address) = (words[Array.IndexOf(words, "Bearer") + 1], words[^1].TrimEnd());
        Assert.EndsWith("/rooms/chat%3Anews/messages", address, StringComparison.Ordinal);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var answer = await http.PostAsync(address, new StringContent("hello"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await app.StopAsync();
    }

    [Fact]
    public void A_key_in_the_settings_is_left_alone()
    {
        using var configuration = new ConfigurationManager();
        configuration["Broadcast:Tokens:Keys:0:Algorithm"] = "RS256";

        ExampleToken.AddKey(configuration);

        Assert.Null(configuration["Broadcast:Tokens:Keys:0:Secret"]);
    }
}
