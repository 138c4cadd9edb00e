using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Broadcast.Server.Tests;

/// <summary>What docs/architecture.md says of the projects.</summary>
public sealed partial class ArrowsTests
{
    private static readonly string s_src = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../../src"));

    private static readonly Assembly[] s_assemblies =
        [typeof(Publication).Assembly, typeof(Hub).Assembly, typeof(BroadcastOptions).Assembly, typeof(SqliteBackplane).Assembly, typeof(RedisBackplane).Assembly, typeof(ActorEngine).Assembly, typeof(Program).Assembly];

    [Fact]
    public void The_projects_point_to_each_other_as_the_architecture_says()
    {
        string[] arrows =
        [
            "Broadcast.Protocol <- Broadcast.Core",
            "Broadcast.Core <- Broadcast.Actors",
            "Broadcast.Core <- Broadcast.Gateway",
            "Broadcast.Core <- Broadcast.Redis",
            "Broadcast.Core <- Broadcast.Sqlite",
            "Broadcast.Actors <- Broadcast.Server",
            "Broadcast.Gateway <- Broadcast.Server",
            "Broadcast.Redis <- Broadcast.Server",
            "Broadcast.Sqlite <- Broadcast.Server",
        ];
        var found =
            from project in Directory.GetFiles(s_src, "*.csproj", SearchOption.AllDirectories)
            from reference in XDocument.Load(project).Descendants("ProjectReference")
            let to = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))
            select $"{to} <- {Path.GetFileNameWithoutExtension(project)}";
        Assert.Equal(arrows.Order(), found.Order());
    }

    [Fact]
    public void The_core_knows_nothing_of_ASP_NET()
    {
        foreach (var project in (string[])["Broadcast.Protocol", "Broadcast.Core"])
        {
            var xml = XDocument.Load(Path.Combine(s_src, project, $"{project}.csproj"));
            Assert.Empty(xml.Descendants("FrameworkReference"));
            Assert.Equal("Microsoft.NET.Sdk", xml.Root!.Attribute("Sdk")!.Value);
        }
    }

    [Fact]
    public void No_namespace_hides_another_libraries_one_and_each_project_is_one()
    {
        foreach (var file in Sources())
        {
            if (NamespaceLine().Match(File.ReadAllText(file)) is { Success: true } line)
            {
                var project = Path.GetRelativePath(s_src, file).Split(Path.DirectorySeparatorChar)[0];
                Assert.Equal((file, project), (file, line.Groups[1].Value));
                Assert.False(line.Groups[1].Value.EndsWith(".Akka", StringComparison.Ordinal), file);
            }
        }
    }

    [Fact]
    public void Public_types_are_documented()
    {
        foreach (var assembly in s_assemblies)
        {
            var name = assembly.GetName().Name!;
            var documentation = XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"{name}.xml")).Descendants("member")
                .Select(m => m.Attribute("name")!.Value).ToHashSet(StringComparer.Ordinal);
            var undocumented = assembly.GetExportedTypes()
                .Where(t => !t.IsNested && !t.IsDefined(typeof(CompilerGeneratedAttribute)) && !documentation.Contains($"T:{t.FullName}"))
                .Select(t => t.FullName);
            Assert.Empty(undocumented);
        }
    }

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(s_src, "*.cs", SearchOption.AllDirectories)
        .Where(f => !Path.GetRelativePath(s_src, f).Split(Path.DirectorySeparatorChar).Any(p => p is "obj" or "bin"));

    private static string Here([CallerFilePath] string file = "") => file;

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
