using System.Text.RegularExpressions;

namespace Broadcast.Server.Tests;

/// <summary>As much of a compose file as tests ask for: its services. It takes two spaces for a level, as these files do.</summary>
internal static partial class ComposeFile
{
    /// <returns>The lines of each service, and those it takes over from an anchor.</returns>
    public static Dictionary<string, string> Services(string file)
    {
        var blocks = Block().Matches(Repository.Read(file));
        var anchors = blocks.Where(b => b.Groups["anchor"].Success).ToDictionary(b => b.Groups["anchor"].Value, b => b.Groups["body"].Value);
        var services = blocks.Single(b => b.Groups["name"].Value == "services").Groups["body"].Value;
        return Service().Matches(services).ToDictionary(
            s => s.Groups["name"].Value,
            s => s.Groups["body"].Value + string.Concat(Merge().Matches(s.Groups["body"].Value).Select(m => anchors[m.Groups[1].Value])));
    }

    /// <returns>Those that are nodes.</returns>
    public static Dictionary<string, string> Nodes(string file) =>
        Services(file).Where(s => s.Value.Contains("image: broadcast-actors\n", StringComparison.Ordinal)).ToDictionary();

    public static string[] Command(string service) =>
        [.. Word().Matches(CommandLine().Match(service).Groups[1].Value).Select(w => w.Value.Trim('"'))];

    /// <returns>The node's settings in its environment, as configuration keys.</returns>
    public static Dictionary<string, string?> Settings(string service) =>
        Variable().Matches(service).ToDictionary(m => m.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal), m => (string?)m.Groups[2].Value);

    [GeneratedRegex(@"^(?<name>[\w-]+):(?: &(?<anchor>\w+))?.*\n(?<body>(?:(?: .*)?\n)*)", RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^  (?<name>[\w-]+):\n(?<body>(?:(?:    .*)?\n)*)", RegexOptions.Multiline)]
    private static partial Regex Service();

    [GeneratedRegex(@"<<: \*(\w+)")]
    private static partial Regex Merge();

    [GeneratedRegex(@"^    command: \[(.*)\]$", RegexOptions.Multiline)]
    private static partial Regex CommandLine();

    [GeneratedRegex(@"""[^""]*""|[^\s,]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^ +(Broadcast__\w+): ""?([^""\n]*)""?$", RegexOptions.Multiline)]
    private static partial Regex Variable();
}
