namespace Broadcast.Server.Tests;

/// <summary>What README.md, docs/operations.md and the files of docker/ name is there: settings, flags, ports, paths and files.</summary>
public sealed class DocumentsTests
{
    private const string Page = "docs/operations.md";

    private static readonly Lazy<Task<Product>> s_product = new(Product.ReadAsync);

    public static TheoryData<string> Documents => new(["README.md", Page, .. Repository.FilesIn("docker")]);

    public static TheoryData<string, string> Wrong => new()
    {
        { "Set `Broadcast:Hub:MaxConections`.", "Broadcast:Hub:MaxConections is no setting." },
        { "Set `Broadcast:Rooms:0:Nam`.", "Broadcast:Rooms:0:Nam is no setting." },
        { "Broadcast__Nonsense=1", "Broadcast__Nonsense is no setting." },
        { "It nears `MaxConections`.", "MaxConections is neither a setting nor what one may be." },
        { "With `Data:Durability=Powr`.", "Powr is neither a setting nor what one may be." },
        { "Start it with `--dta DIR`.", "--dta is no flag." },
        { "docker compose up --biuld", "--biuld is no flag." },
        { "dotnet publish \\\n  --bare", "--bare is no flag." },
        { "Reached at localhost:9090.", "on port 9090 nobody listens." },
        { "| 6380 | Redis |", "on port 6380 nobody listens." },
        { "    server node1:8081;", "on port 8081 nobody listens." },
        { "curl localhost:8080/rooms/news/massages", "/rooms/news/massages is no path." },
        { "printf 'GET /health/alive HTTP/1.1'", "/health/alive is no path." },
        { "It answers `/rooms/{room}/massages`.", "/rooms/{room}/massages is neither a path nor in a container." },
        { "Mounted at `/dta/broadcast.db`.", "/dta/broadcast.db is neither a path nor in a container." },
        { "See `docker/compose.ymal`.", "there is no docker/compose.ymal." },
        { "See [settings](setings.md).", "there is no docs/setings.md." },
        { "See [below](#below).", "docs/operations.md has no heading below." },
        { "See [rooms](settings.md#romos).", "docs/settings.md has no heading romos." },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task All_that_is_named_is_there(string file)
    {
        var unknown = new Mentions(await s_product.Value).Unknown(file, Repository.Read(file)).ToList();
        Assert.True(unknown.Count == 0, string.Join('\n', unknown));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_is_not_there_is_found(string text, string finding) =>
        Assert.Equal($"{Page}: {finding}", Assert.Single(new Mentions(await s_product.Value).Unknown(Page, text)));

    [Fact]
    public async Task The_page_tells_of_every_file_and_every_port()
    {
        var ports = (await s_product.Value).Ports;
        var page = Repository.Read(Page);
        Assert.All(Repository.FilesIn("docker"), f => Assert.Contains($"| `{f}` |", page, StringComparison.Ordinal));
        Assert.All(ports, p => Assert.Contains($"\n| {p} |", page, StringComparison.Ordinal));
    }
}
