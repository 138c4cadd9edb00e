using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Broadcast.Server.Tests;

/// <summary>Which settings win: defaults, then the file, then the environment, then flags.</summary>
public sealed class LayersTests
{
    [Fact]
    public async Task Rooms_of_a_file_replace_those_of_Development()
    {
        using var file = new SettingsFile("""{ "Broadcast": { "Rooms": [ { "Name": "news", "Subscribe": "Anyone" } ] } }""");
        var options = await OptionsAsync(["--settings", file.Name], development: true);
        var room = Assert.Single(options.Rooms);
        Assert.Equal(("news", Who.Anyone, Who.Nobody, Who.Nobody), (room.Name, room.Subscribe, room.Publish, room.Presence));
        Assert.Equal(["machine=machine"], options.Sources);
        Assert.Equal(Who.Loopback, options.Operators);
    }

    [Fact]
    public async Task An_empty_list_replaces_those_of_Development_too()
    {
        using var file = new SettingsFile("""{ "Broadcast": { "Rooms": [], "Sources": [], "Operators": "Nobody" } }""");
        var options = await OptionsAsync(["--settings", file.Name], development: true);
        Assert.Empty(options.Rooms);
        Assert.Empty(options.Sources);
        Assert.Equal(Who.Nobody, options.Operators);
    }

    [Fact]
    public async Task What_is_left_empty_keeps_its_default()
    {
        using var file = new SettingsFile("""{ "Broadcast": { "Hub": {}, "Memory": null, "Rooms": null, "Tokens": { "Issuer": null }, "Feeds": { } } }""");
        var options = await OptionsAsync(["--settings", file.Name]);
        Assert.NotNull(options.Hub.Connections);
        Assert.NotNull(options.Memory);
        Assert.NotNull(options.Feeds);
        Assert.Empty(options.Rooms);
        Assert.Null(options.Tokens.Issuer);
    }

    [Fact]
    public async Task Sources_of_flags_replace_all_others()
    {
        using var file = new SettingsFile("""{ "Broadcast": { "Sources": [ "a=machine", "b=machine", "c=machine" ] } }""");
        Assert.Equal(["a=machine", "b=machine", "c=machine"], (await OptionsAsync(["--settings", file.Name])).Sources);
        Assert.Equal(["d=machine:2"], (await OptionsAsync(["--settings", file.Name, "--source", "d=machine:2"])).Sources);
        Assert.Equal(["d=machine", "e=stdin"], (await OptionsAsync(["--source", "d=machine", "--source", "e=stdin"], development: true)).Sources);
    }

    [Fact]
    public async Task Flags_win_over_the_environment_and_that_over_the_file()
    {
        using var file = new SettingsFile("""{ "Broadcast": { "Node": "of the file", "MaxFragments": 5, "MaxMessageBytes": 100 }, "Urls": "http://127.0.0.1:1" }""");
        using var node = NodeProcess.Start(
            ["--urls", "http://127.0.0.1:0", "--settings", file.Name, "--node", "of the flag"],
            "Development",
            ("Broadcast__MaxMessageBytes", "5"), ("Broadcast__Node", "of the environment"));
        using var http = new HttpClient { BaseAddress = await node.ListeningAsync() };
        using var short5 = await http.PostAsync("/rooms/r/messages", new StringContent("12345"));
        using var long6 = await http.PostAsync("/rooms/r/messages", new StringContent("123456"));
        Assert.Equal((200, 413), ((int)short5.StatusCode, (int)long6.StatusCode));

        var options = await OptionsAsync(["--settings", file.Name, "--node", "of the flag"]);
        Assert.Equal(("of the flag", 5, 100), (options.Node, options.MaxFragments, options.MaxMessageBytes));
    }

    [Theory]
    [InlineData("{ nonsense", "which cannot be read as JSON: ")]
    [InlineData("[]", "which cannot be read as JSON: ")]
    [InlineData("", "which cannot be read as JSON: ")]
    [InlineData("""{ "Rooms": [] }""", "where Rooms stands outside of the section Broadcast.")]
    public async Task A_file_that_cannot_be_used_is_refused_with_a_sentence(string content, string sentence)
    {
        using var file = new SettingsFile(content);
        var refused = await Assert.ThrowsAsync<SettingsException>(() => OptionsAsync(["--settings", file.Name]));
        Assert.StartsWith($"--settings is {file.Name}, {sentence}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_refused_and_a_hidden_one_is_read()
    {
        var refused = await Assert.ThrowsAsync<SettingsException>(() => OptionsAsync(["--settings", "/nowhere/settings.json"]));
        Assert.Equal("--settings is /nowhere/settings.json, and there is no such file.", refused.Message);
        using var hidden = new SettingsFile("""{ "Broadcast": { "MaxFragments": 7 } }""", ".settings.json");
        Assert.Equal(7, (await OptionsAsync(["--settings", hidden.Name])).MaxFragments);
    }

    [Fact]
    public async Task A_default_address_gives_way_to_any_other()
    {
        await using var bare = Build([]);
        Assert.Equal(Node.DefaultUrls, bare.Configuration["urls"]);
        using var file = new SettingsFile("""{ "Urls": "http://127.0.0.1:1" }""");
        await using var filed = Build(["--settings", file.Name]);
        Assert.Equal("http://127.0.0.1:1", filed.Configuration["urls"]);
        await using var flagged = Build(["--settings", file.Name, "--urls", "http://127.0.0.1:2"]);
        Assert.Equal("http://127.0.0.1:2", flagged.Configuration["urls"]);
    }

    private static async Task<BroadcastOptions> OptionsAsync(string[] args, bool development = false)
    {
        await using var app = Build(args, development);
        return app.Services.GetRequiredService<IOptions<BroadcastOptions>>().Value;
    }

    private static WebApplication Build(string[] args, bool development = false)
    {
        var flags = CommandLine.Parse(args, out var exitCode);
        Assert.True(flags is not null, $"It ended with {exitCode}.");
        return Node.Build(flags, development ? "Development" : "Production");
    }
}
