using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Broadcast.Server.Tests;

/// <summary>What there is that documents may name: settings, flags, paths, ports, and folders in containers.</summary>
internal sealed partial class Product
{
    private readonly HashSet<string> _settings = [BroadcastOptions.Section];
    private readonly HashSet<string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _flags;
    private readonly List<RouteTemplate> _paths;
    private readonly HashSet<string> _mounted;

    private Product(IEnumerable<string> flags, IEnumerable<string> paths)
    {
        foreach (var (name, type) in SettingsOf(typeof(BroadcastOptions), BroadcastOptions.Section))
        {
            _settings.Add(name);
            _values.UnionWith(type.IsEnum ? Enum.GetNames(type) : []);
        }

        _flags = [.. flags];
        _paths = [.. paths.Select(TemplateParser.Parse)];
        var (dockerfile, proxy, redis) = (Repository.Read("docker/Dockerfile"), Repository.Read("docker/nginx.conf"), Repository.Read("docker/redis.conf"));
        Ports = [.. Numbers(ExposedPort(), dockerfile), .. Numbers(ListeningPort(), proxy), .. Numbers(RedisPort(), redis), .. Numbers(NodePort(), Repository.Read("hocon/node.conf"))];
        _mounted =
        [
            .. Volume().Matches(dockerfile).Select(m => m.Groups[1].Value),
            .. Repository.FilesIn("docker").Where(f => f.EndsWith(".yaml", StringComparison.Ordinal))
                .SelectMany(f => Mount().Matches(Repository.Read(f))).Select(m => m.Groups[1].Value),
        ];
    }

    /// <summary>What somebody listens on.</summary>
    public HashSet<int> Ports { get; }

    public static async Task<Product> ReadAsync()
    {
        using var help = NodeProcess.Start(["--help"]);
        Assert.Equal(0, await help.ExitCodeAsync());
        await using var node = Node.Build(CommandLine.Parse([], out _)!, "Production");
        return new Product(
            Flag().Matches(string.Join('\n', help.Output)).Select(m => m.Value),
            ((IEndpointRouteBuilder)node).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Select(e => e.RoutePattern.RawText!));
    }

    /// <param name="name">With colons; a place in a list is a number or <c>N</c>. A group of settings is one too.</param>
    public bool HasSetting(string name) => _settings.Contains(Place().Replace(name, ":N"));

    /// <param name="name">The end of a setting's name, or what a setting may be.</param>
    public bool HasWord(string name) =>
        _values.Contains(name) || _settings.Any(s => s == name || s.EndsWith(":" + Place().Replace(name, ":N"), StringComparison.Ordinal));

    public bool HasFlag(string flag) => _flags.Contains(flag);

    public bool HasPath(string path) => _paths.Any(p => new TemplateMatcher(p, new RouteValueDictionary()).TryMatch(path, new RouteValueDictionary()));

    /// <returns>Whether it is a folder or file that is mounted into a container, or in one.</returns>
    public bool HasMounted(string path) => _mounted.Any(m => path == m || path.StartsWith(m + "/", StringComparison.Ordinal));

    private static IEnumerable<(string Name, Type Type)> SettingsOf(Type owner, string path)
    {
        foreach (var property in owner.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            var name = $"{path}:{property.Name}";
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            yield return (name, type);
            if (type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable)))
            {
                (name, type) = (name + ":N", type.GetGenericArguments()[0]);
                yield return (name, type);
            }

            if (type.IsClass && type != typeof(string))
            {
                foreach (var setting in SettingsOf(type, name))
                {
                    yield return setting;
                }
            }
        }
    }

    private static IEnumerable<int> Numbers(Regex pattern, string text) =>
        pattern.Matches(text).Select(m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"(?<![\w-])--[a-z]+")]
    private static partial Regex Flag();

    [GeneratedRegex(@":(?:\d+|N)(?=:|$)")]
    private static partial Regex Place();

    [GeneratedRegex(@"^EXPOSE (\d+)$", RegexOptions.Multiline)]
    private static partial Regex ExposedPort();

    [GeneratedRegex(@"^\s*listen (\d+)\b", RegexOptions.Multiline)]
    private static partial Regex ListeningPort();

    [GeneratedRegex(@"^port (\d+)$", RegexOptions.Multiline)]
    private static partial Regex RedisPort();

    [GeneratedRegex(@"^ +port = (\d+)$", RegexOptions.Multiline)]
    private static partial Regex NodePort();

    [GeneratedRegex(@"^VOLUME (/\S+)$", RegexOptions.Multiline)]
    private static partial Regex Volume();

    [GeneratedRegex(@"^\s*- [\w./]+:(/[^:\s]+)", RegexOptions.Multiline)]
    private static partial Regex Mount();
}
