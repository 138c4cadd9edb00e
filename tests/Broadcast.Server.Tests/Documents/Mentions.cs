using System.Globalization;
using System.Text.RegularExpressions;

namespace Broadcast.Server.Tests;

/// <summary>Finds what a document names and the product does not have. Each finding is a sentence.</summary>
internal sealed partial class Mentions(Product product)
{
    /// <summary>Flags of others, by the word that must stand in the same line.</summary>
    private static readonly Dictionary<string, string[]> s_others = new(StringComparer.Ordinal)
    {
        ["docker"] = ["--build", "--detach", "--wait", "--no-deps", "--volumes", "--rm", "--build-arg"],
        ["dotnet"] = ["--project", "--no-self-contained", "--no-restore", "--no-build"],
        ["redis-server"] = ["--port", "--appendonly"],
        ["FROM"] = ["--platform"],
        ["COPY"] = ["--from", "--chmod"],
        ["RUN"] = ["--mount"],
        ["HEALTHCHECK"] = ["--interval", "--timeout", "--start-period", "--retries"],
    };

    /// <summary>Words of HTTP, browsers and systemd that look like settings.</summary>
    private static readonly HashSet<string> s_words = ["Connection", "EventSource", "Host", "TimeoutStopSec", "Upgrade"];

    /// <param name="file">Its path in the repository.</param>
    public IEnumerable<string> Unknown(string file, string text)
    {
        var lines = Continued().Replace(text, " ").Split('\n');
        var isPage = file.EndsWith(".md", StringComparison.Ordinal);
        var spans = isPage ? Spans(lines).ToList() : [];
        return
            from finding in (IEnumerable<string>)
            [
                .. Settings(text), .. spans.SelectMany(Words), .. lines.SelectMany(Flags), .. Ports(text), .. Paths(text),
                .. spans.SelectMany(PathSpans), .. Files(text), .. isPage ? Links(file, text) : [],
            ]
            select $"{file}: {finding}";
    }

    private IEnumerable<string> Settings(string text) =>
        from mention in Setting().Matches(text).Select(m => m.Value)
        where !product.HasSetting(mention.Replace("__", ":", StringComparison.Ordinal))
        select $"{mention} is no setting.";

    /// <summary>Settings without their section, and what they may be: <c>Data:Durability=Process</c>.</summary>
    private IEnumerable<string> Words(string span) =>
        from word in span.Split('=')
        where Word().IsMatch(word) && !Setting().IsMatch(word) && !s_words.Contains(word) && !product.HasWord(word)
        select $"{word} is neither a setting nor what one may be.";

    private IEnumerable<string> Flags(string line) =>
        from flag in Flag().Matches(line).Select(m => m.Value)
        where !product.HasFlag(flag) && !s_others.Any(o => line.Contains(o.Key, StringComparison.Ordinal) && o.Value.Contains(flag))
        select $"{flag} is no flag.";

    private IEnumerable<string> Ports(string text) =>
        from port in Port().Matches(text).Select(m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
        where !product.Ports.Contains(port) && !text.Contains($"--urls http://localhost:{port}", StringComparison.Ordinal)
            && !text.Contains($"--cluster 127.0.0.1:{port}", StringComparison.Ordinal)
        select $"on port {port} nobody listens.";

    /// <summary>Paths that are asked for: behind a host, or a method.</summary>
    private IEnumerable<string> Paths(string text) =>
        from path in Asked().Matches(text).Select(m => m.Groups[1].Value)
        where !product.HasPath(path)
        select $"{path} is no path.";

    private IEnumerable<string> PathSpans(string span) =>
        from path in Path().Matches(span).Select(m => m.Value)
        where !product.HasPath(path) && !product.HasMounted(path) && !(path.StartsWith("/proc/", StringComparison.Ordinal) && File.Exists(path))
        select $"{path} is neither a path nor in a container.";

    private static IEnumerable<string> Files(string text) =>
        from name in RepositoryFile().Matches(text).Select(m => m.Value)
        where !Repository.Has(name) && !Repository.Ignores(name)
        select $"there is no {name}.";

    private static IEnumerable<string> Links(string file, string text)
    {
        foreach (Match link in Link().Matches(text))
        {
            var (target, heading) = (link.Groups["file"].Value, link.Groups["heading"].Value);
            var name = target.Length == 0 ? file : Relative(file, target);
            if (!Repository.Has(name))
            {
                yield return $"there is no {name}.";
            }
            else if (heading.Length > 0 && !Headings(Repository.Read(name)).Contains(heading))
            {
                yield return $"{name} has no heading {heading}.";
            }
        }
    }

    private static string Relative(string file, string target) =>
        System.IO.Path.GetRelativePath(Repository.Root, System.IO.Path.GetFullPath(target, System.IO.Path.GetDirectoryName(System.IO.Path.Combine(Repository.Root, file))!));

    /// <summary>As GitHub makes anchors of them.</summary>
    private static IEnumerable<string> Headings(string text) =>
        Heading().Matches(text).Select(m => NoAnchor().Replace(m.Groups[1].Value, "").Replace(' ', '-').ToLowerInvariant());

    /// <summary>What stands as code within sentences.</summary>
    private static IEnumerable<string> Spans(string[] lines)
    {
        var isFenced = false;
        foreach (var line in lines)
        {
            var isFence = line.StartsWith("```", StringComparison.Ordinal);
            isFenced ^= isFence;
            foreach (Match span in isFence || isFenced ? [] : (IEnumerable<Match>)Span().Matches(line))
            {
                yield return span.Groups[1].Value;
            }
        }
    }

    [GeneratedRegex(@"[ ]*\\\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"\bBroadcast(?:(?::|__)[A-Za-z0-9]+)+")]
    private static partial Regex Setting();

    [GeneratedRegex(@"^(?:[A-Z][a-z]+)+(?::(?:N|(?:[A-Z][a-z]+)+))*$")]
    private static partial Regex Word();

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]*")]
    private static partial Regex Flag();

    [GeneratedRegex(@"(?:\b(?:localhost|(?:\d+\.){3}\d+|redis|node\d?):|\bports? |^\| (?=\d+ \|))(\d{4,5})\b", RegexOptions.Multiline)]
    private static partial Regex Port();

    [GeneratedRegex(@"(?:\b(?:localhost|127\.0\.0\.1)(?::\d+)?|\b(?:GET|POST) )(/[\w{}/:*%-]*)")]
    private static partial Regex Asked();

    [GeneratedRegex(@"(?<=^|[\s(:])/[\w{}][\w{}./*-]*")]
    private static partial Regex Path();

    [GeneratedRegex(@"(?<![\w/.-])(?:docker|docs|src|tests)/[\w./-]*\w")]
    private static partial Regex RepositoryFile();

    [GeneratedRegex(@"\]\((?!https?:)(?<file>[^)#\s]*)(?:#(?<heading>[^)\s]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\s-]")]
    private static partial Regex NoAnchor();
}
