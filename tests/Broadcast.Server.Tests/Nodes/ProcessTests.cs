using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Broadcast.Server.Tests;

/// <summary>What an operator sees of a node as a process.</summary>
public sealed class ProcessTests
{
    private const string AnyPort = "http://127.0.0.1:0";

    [Fact]
    public async Task A_wrong_setting_ends_it_with_2_and_one_sentence()
    {
        using var file = new SettingsFile("""{ "Broadcast": { "Rooms": [ { "Name": "news", "Subscribe": "Sometimes" } ] } }""");
        await IsRefusedAsync(["--urls", AnyPort, "--settings", file.Name], "Broadcast:Rooms:0:Subscribe is 'Sometimes'; it may be ");
    }

    [Fact]
    public async Task A_wrong_variable_of_the_environment_ends_it_with_2_and_one_sentence() =>
        await IsRefusedAsync(["--urls", AnyPort], "Broadcast:MaxMessageBytes is '64k'; it may be 1 to ", ("Broadcast__MaxMessageBytes", "64k"));

    [Fact]
    public async Task A_wrong_source_ends_it_with_2_and_one_sentence() =>
        await IsRefusedAsync(["--urls", AnyPort, "--source", "room=telepathy"], "Broadcast:Sources has 'room=telepathy': ");

    [Fact]
    public async Task A_port_in_use_ends_it_with_2_and_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var urls = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";
        await IsRefusedAsync(["--urls", urls], $"--urls is {urls}, and the address is in use; choose another one.");
    }

    [Theory]
    [InlineData("nonsense", "--urls is nonsense; it may be ")]
    [InlineData("http://192.0.2.1:8080", "--urls is http://192.0.2.1:8080, where the node cannot listen: ")]
    [InlineData("https://127.0.0.1:0", "--urls is https://127.0.0.1:0, and HTTPS needs a certificate")]
    public async Task Addresses_it_cannot_listen_on_end_it_with_2_and_one_sentence(string urls, string sentence) =>
        await IsRefusedAsync(["--urls", urls], sentence);

    [Theory]
    [InlineData("--backplane is sqlite, which needs a folder: --data DIR.", "--backplane", "sqlite")]
    [InlineData("--backplane is memory, which keeps nothing in --data.", "--backplane", "memory", "--data", "/tmp")]
    [InlineData("--backplane is redis, which needs a server: --redis HOST:PORT.", "--backplane", "redis")]
    [InlineData("--backplane is sqlite, which does not use --redis.", "--backplane", "sqlite", "--redis", "localhost:6379", "--data", "/tmp")]
    [InlineData("--data and --redis cannot be together: histories are in one or the other.", "--redis", "localhost:6379", "--data", "/tmp")]
    [InlineData("--backplane is redis, which does not use --seed.", "--backplane", "redis", "--redis", "localhost:6379", "--seed", "localhost:4053")]
    [InlineData("--redis and --cluster cannot be together: histories are in one or the other.", "--redis", "localhost:6379", "--cluster", "localhost:4053")]
    [InlineData("Broadcast:Redis:Servers has 'localhost'; it may have addresses such as localhost:6379.", "--redis", "localhost")]
    [InlineData("--data is empty; it names a folder.", "--data", "")]
    [InlineData("The data folder /proc/nothing cannot be used", "--data", "/proc/nothing")]
    public async Task Data_it_cannot_keep_end_it_with_2_and_one_sentence(string sentence, params string[] arguments) =>
        await IsRefusedAsync(["--urls", AnyPort, .. arguments], sentence);

    [AkkaTheory]
    [InlineData("--cluster is nowhere; it is an address such as 127.0.0.1:4053.", "--cluster", "nowhere")]
    [InlineData("--cluster is empty; it is HOST:PORT.", "--cluster", "")]
    [InlineData("--seed is host:0; it is an address such as 127.0.0.1:4053.", "--seed", "127.0.0.1:4053,host:0")]
    public async Task Addresses_of_a_cluster_that_are_none_end_it_with_2_and_one_sentence(string sentence, params string[] arguments) =>
        await IsRefusedAsync(["--urls", AnyPort, .. arguments], sentence);

    [AkkaFact]
    public async Task A_port_of_the_cluster_in_use_ends_it_with_2_and_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";
        await IsRefusedAsync(["--urls", AnyPort, "--cluster", address], $"The node cannot join a cluster at {address}: Address already in use");
    }

    [AkkaFact]
    public async Task A_cluster_without_its_files_ends_it_with_2_and_one_sentence() =>
        await IsRefusedAsync(["--urls", AnyPort, "--backplane", "akka"], "/proc/nothing/node.conf cannot be read: ", ("Broadcast__Akka__Folder", "/proc/nothing"));

    [Fact]
    public async Task Two_places_for_histories_in_settings_need_a_flag_that_says_which()
    {
        (string, string)[] both = [("Broadcast__Data__Folder", "/tmp/nowhere"), ("Broadcast__Redis__Servers__0", "localhost:6379")];
        await IsRefusedAsync(
            ["--urls", AnyPort], "Broadcast:Data:Folder and Broadcast:Redis:Servers are both set; say which with --backplane sqlite or redis.", both);
        await IsRefusedAsync(["--urls", AnyPort, "--backplane", "sqlite", "--data", "/proc/nothing"], "The data folder /proc/nothing cannot be used", both);
    }

    [Fact]
    public async Task A_node_starts_without_its_Redis_and_says_so()
    {
        using var node = NodeProcess.Start(["--urls", AnyPort, "--redis", "127.0.0.1:1"], variables: [("Broadcast__Redis__Timeout", "00:00:10")]);
        using var http = new HttpClient { BaseAddress = await node.ListeningAsync() };
        using var ready = await http.GetAsync("/health/ready");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "backplane"), (ready.StatusCode, await ready.Content.ReadAsStringAsync()));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/live")).StatusCode);
        Assert.Equal(0, await node.StopAsync());
        Assert.Contains(node.Output, l => l.Contains("Redis at 127.0.0.1:1 cannot be reached", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unknown_flag_ends_it_with_2_and_says_where_to_look()
    {
        using var node = NodeProcess.Start(["--nonsense"]);
        Assert.Equal(2, await node.ExitCodeAsync());
        Assert.Contains(node.Errors, e => e.Contains("--nonsense", StringComparison.Ordinal));
        Assert.Contains("--help lists all flags.", node.Errors);
    }

    [Fact]
    public async Task Help_lists_every_flag_with_its_default()
    {
        using var node = NodeProcess.Start(["--help"]);
        Assert.Equal(0, await node.ExitCodeAsync());
        var help = string.Join('\n', node.Output);
        foreach (var flag in (string[])["--urls", "--node", "--backplane", "--data", "--redis", "--seed", "--cluster", "--settings", "--source"])
        {
            Assert.Contains(flag, help, StringComparison.Ordinal);
        }

        Assert.Contains("[default: http://localhost:8080]", help, StringComparison.Ordinal);
        Assert.Contains("[default: memory]", help, StringComparison.Ordinal);
        Assert.Contains("with 3 if clients had to be cut", help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_Production_nothing_is_open_and_the_operator_is_told_how_to_open_it()
    {
        using var node = NodeProcess.Start(["--urls", AnyPort]);
        using var http = new HttpClient { BaseAddress = await node.ListeningAsync() };
        Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync("/rooms/news/messages")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync("/sources")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/")).StatusCode);
        Assert.Equal(0, await node.StopAsync());
        Assert.Contains(node.Output, l => l.Contains("No room is open to anybody", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_Development_every_room_is_open_from_this_machine_and_one_shows_it_at_work()
    {
        using var node = NodeProcess.Start(["--urls", AnyPort], "Development");
        using var http = new HttpClient { BaseAddress = await node.ListeningAsync() };
        using var published = await http.PostAsync("/rooms/any/messages", new StringContent("hello"));
        Assert.Equal(HttpStatusCode.OK, published.StatusCode);
        var sources = JsonSerializer.Deserialize<JsonElement>(await http.GetStringAsync("/sources")).GetProperty("sources");
        Assert.Equal(["machine"], sources.EnumerateArray().Select(s => s.GetProperty("room").GetString()));
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/rooms/any/messages") { Headers = { Host = "elsewhere.example" } };
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(foreign)).StatusCode);
    }

    private static async Task IsRefusedAsync(string[] args, string sentence, params (string Name, string Value)[] variables)
    {
        using var node = NodeProcess.Start(args, variables: variables);
        Assert.Equal(2, await node.ExitCodeAsync());
        var told = Assert.Single(node.Errors);
        Assert.StartsWith(sentence, told, StringComparison.Ordinal);
        Assert.DoesNotContain(node.Output, l => l.Contains("Exception", StringComparison.Ordinal));
    }
}
