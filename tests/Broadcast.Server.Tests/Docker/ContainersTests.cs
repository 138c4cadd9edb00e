using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Broadcast.Server.Tests;

/// <summary>The files of docker/ fit each other and the server. What needs an engine is not tried here.</summary>
public sealed partial class ContainersTests
{
    private const string One = "docker/compose.yaml";
    private const string Cluster = "docker/compose.cluster.yaml";
    private const string Akka = "docker/compose.akka.yaml";
    private const string Settings = "docker/settings.json";

    private static readonly string s_dockerfile = Repository.Read("docker/Dockerfile");
    private static readonly string s_proxy = Repository.Read("docker/nginx.conf");

    [Theory]
    [InlineData(One, "node")]
    [InlineData(Cluster, "node1", "node2", "node3")]
    [InlineData(Akka, "node1", "node2", "node3")]
    public async Task Each_node_is_started_with_settings_that_it_accepts(string file, params string[] names)
    {
        var nodes = ComposeFile.Nodes(file);
        Assert.Equal(names, nodes.Keys);
        foreach (var (name, service) in nodes)
        {
            await using var app = Build(service);
            var options = Options(app);
            Assert.Equal(name, options.Node);
            Assert.Contains(options.Rooms, r => r.Subscribe == Who.Anyone && r.Publish == Who.Anyone);
        }
    }

    [Theory]
    [InlineData(One)]
    [InlineData(Cluster)]
    [InlineData(Akka)]
    public async Task The_limits_of_a_container_are_above_those_of_its_node(string file)
    {
        foreach (var service in ComposeFile.Nodes(file).Values)
        {
            await using var app = Build(service);
            var options = Options(app);
            Assert.InRange(options.Hub.MaxConnections, 1, Number(service, @"nofile: \{ soft: (\d+), hard: \1 \}") - 1_000);
            Assert.InRange(options.Backlog, 1, Number(service, @"net\.core\.somaxconn: ""(\d+)"""));
            var timeout = app.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
            Assert.InRange(timeout.TotalSeconds, 1, Number(service, @"stop_grace_period: (\d+)s") - 5);
        }
    }

    [Fact]
    public async Task The_settings_of_the_README_are_accepted_too()
    {
        using var file = new SettingsFile(Json().Match(Repository.Read("README.md")).Groups[1].Value);
        await using var app = Node.Build(CommandLine.Parse(["--settings", file.Name], out _)!, "Production");
        Assert.NotEmpty(Options(app).Rooms);
    }

    [Fact]
    public void The_node_has_one_port_everywhere()
    {
        var port = Number(s_dockerfile, @"(?m)^EXPOSE (\d+)$");
        Assert.Equal(port, new Uri(Node.DefaultUrls).Port);
        Assert.Equal(port, Number(s_dockerfile, @"ASPNETCORE_URLS=http://0\.0\.0\.0:(\d+)"));
        Assert.Equal(port, Number(Repository.Read("docker/healthcheck"), @"\$\{1:-(\d+)\}"));
        Assert.Equal(port, Number(ComposeFile.Services(One)["node"], @"- ""127\.0\.0\.1:\d+:(\d+)"""));
        Assert.Equal(Number(s_proxy, @"listen (\d+)"), Number(ComposeFile.Services(Cluster)["nginx"], @"- ""127\.0\.0\.1:\d+:(\d+)"""));
        Assert.All(Upstream().Matches(s_proxy), m => Assert.Equal($"{port}", m.Groups["port"].Value));
    }

    [Fact]
    public void The_proxy_knows_every_node_in_each_of_its_groups()
    {
        foreach (var file in (string[])[Cluster, Akka])
        {
            var nodes = ComposeFile.Nodes(file).Keys.ToArray();
            Assert.Equal([.. nodes, .. nodes], Upstream().Matches(s_proxy).Select(m => m.Groups["name"].Value));
        }
    }

    [Fact]
    public void Every_node_of_the_cluster_has_the_same_seeds_and_is_reached_where_they_say()
    {
        var nodes = ComposeFile.Nodes(Akka);
        var port = Number(Repository.Read("hocon/node.conf"), @"(?m)^ +port = (\d+)$");
        var seeds = string.Join(',', nodes.Keys.Select(n => $"{n}:{port}"));
        foreach (var (name, service) in nodes)
        {
            var flags = CommandLine.Parse(ComposeFile.Command(service), out _)!;
            Assert.Equal((name, $"{name}:{port}"), (name, flags.Configuration["Broadcast:Akka:Address"]));
            Assert.Equal(seeds, string.Join(',', flags.Seeds));
        }
    }

    [Fact]
    public async Task What_stays_open_takes_the_way_without_buffers_and_what_is_answered_at_once_the_other()
    {
        var open = new Regex(Regex.Match(s_proxy, @"location ~ (\^\S+) \{").Groups[1].Value);
        await using var app = Node.Build(CommandLine.Parse([], out _)!, "Production");
        var paths = ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Select(e => e.RoutePattern.RawText!).ToList();
        Assert.NotEmpty(paths);
        foreach (var path in paths)
        {
            var staysOpen = path.EndsWith("/socket", StringComparison.Ordinal) || path.EndsWith("/events", StringComparison.Ordinal)
                || path.StartsWith("/connection/", StringComparison.Ordinal);
            var isHealth = path.StartsWith("/health/", StringComparison.Ordinal);

            // nginx matches what was decoded: a room's name may have slashes, or end in one of these words.
            Assert.Equal((path, staysOpen || isHealth), (path, open.IsMatch(path.Replace("{room}", "a/b", StringComparison.Ordinal))));
            Assert.Equal((path, staysOpen || isHealth), (path, open.IsMatch(path.Replace("{room}", "events", StringComparison.Ordinal))));
        }
    }

    [Fact]
    public void The_proxy_waits_longer_than_heartbeats_and_less_than_the_node_keeps_a_connection()
    {
        var options = new BroadcastOptions();
        Assert.InRange(options.Hub.Connections.Heartbeat.TotalHours, 0, Number(s_proxy, @"proxy_read_timeout (\d+)h;") - 0.5);
        Assert.InRange(options.MaxMessageBytes, 1, (Number(s_proxy, @"client_max_body_size (\d+)m;") << 20) - 1);
        Assert.InRange(Number(s_proxy, @"\bkeepalive_timeout (\d+)s;"), 1, new KestrelServerLimits().KeepAliveTimeout.TotalSeconds - 10);
    }

    [Fact]
    public void The_image_restores_every_project_of_the_server_before_it_copies_the_rest()
    {
        var restored = Regex.Matches(s_dockerfile, @"(?m)^COPY (src/(\S+)/\S+\.csproj) src/\2/$").Select(m => m.Groups[1].Value);
        Assert.Equal(ProjectsOf("src/Broadcast.Server/Broadcast.Server.csproj").Order(StringComparer.Ordinal), restored.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void All_that_is_copied_or_mounted_is_there()
    {
        var ignored = Repository.Read(".dockerignore").Split('\n');
        foreach (var source in Regex.Matches(s_dockerfile, @"(?m)^COPY (?:--chmod=\d+ )?(?!--)(.+) \S+$").SelectMany(m => m.Groups[1].Value.Split(' ')))
        {
            Assert.True(Repository.Has(source), $"{source} is not there.");
            Assert.True(ignored.Contains("!" + source.TrimEnd('/')) || source.StartsWith("src/", StringComparison.Ordinal), $"{source} is not sent to the builder.");
        }

        foreach (var file in (string[])[One, Cluster, Akka])
        {
            var text = Repository.Read(file);
            Assert.All(Regex.Matches(text, @"- \./([\w.]+):"), m => Assert.True(Repository.Has($"docker/{m.Groups[1].Value}"), m.Value));
            Assert.All(Regex.Matches(text, @"- path: (\S+)\n +required: false"), m => Assert.True(Repository.Ignores($"docker/{m.Groups[1].Value}"), m.Value));
        }
    }

    /// <summary>A node as a compose file starts it, but for where its files are.</summary>
    private static WebApplication Build(string service)
    {
        var arguments = ComposeFile.Command(service).Select(a => a switch
        {
            "/etc/broadcast/settings.json" => Path.Combine(Repository.Root, Settings),
            "/data" => Path.Combine(Path.GetTempPath(), "broadcast-never-made"),
            _ => a,
        });
        var flags = CommandLine.Parse([.. arguments], out var exitCode);
        Assert.True(flags is not null, $"It ends with {exitCode}.");
        if (ActorEngine.Absence is not null)
        {
            // The image has the engine, and this build has not: the rest of the settings can be tried.
            flags = flags with { Seeds = [], Configuration = flags.Configuration.Where(c => c.Key != "Broadcast:Akka:Address").ToDictionary() };
        }


        // The other nodes are not there.
        var alone = KeyValuePair.Create<string, string?>("Broadcast:Akka:JoinTimeout", "00:00:00");
        return Node.Build(flags with { Configuration = flags.Configuration.Concat(ComposeFile.Settings(service)).Append(alone).ToDictionary() }, "Production");
    }

    /// <exception cref="OptionsValidationException">Settings are wrong.</exception>
    private static BroadcastOptions Options(WebApplication app) => app.Services.GetRequiredService<IOptions<BroadcastOptions>>().Value;

    private static int Number(string text, string pattern)
    {
        var match = Regex.Match(text, pattern);
        Assert.True(match.Success, $"There is no {pattern}.");
        return int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    private static HashSet<string> ProjectsOf(string project)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, project))!;
        var references = XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(r => Path.GetRelativePath(Repository.Root, Path.GetFullPath(r.Attribute("Include")!.Value, folder)));
        return [project, .. references.SelectMany(ProjectsOf)];
    }

    [GeneratedRegex(@"^ +server (?<name>\w+):(?<port>\d+) resolve", RegexOptions.Multiline)]
    private static partial Regex Upstream();

    [GeneratedRegex(@"```json\n(.+?)```", RegexOptions.Singleline)]
    private static partial Regex Json();
}
