using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;

namespace Broadcast.Server.Tests;

/// <summary>What <c>dotnet pack</c> makes of the libraries.</summary>
public sealed class PackagesTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Each_library_is_a_package_with_its_documentation_and_depends_on_the_others_as_the_architecture_says()
    {
        var folder = Directory.CreateTempSubdirectory("broadcast-packages-");
        try
        {
            await PackAsync(folder.FullName);

            var ids = new List<string>();
            foreach (var package in folder.GetFiles("*.nupkg"))
            {
                using var content = ZipFile.OpenRead(package.FullName);
                var names = content.Entries.Select(e => e.FullName).ToHashSet(StringComparer.Ordinal);
                var specification = await ReadAsync(content.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)));
                var id = Value("id");
                ids.Add(id);
                Assert.Contains($"lib/net10.0/{id}.dll", names);
                Assert.Contains($"lib/net10.0/{id}.xml", names);
                Assert.Contains("README.md", names);
                Assert.Equal(("README.md", "Apache-2.0"), (Value("readme"), Value("license")));
                Assert.InRange(Value("description").Length, 40, 300);
                Assert.Equal(id != "Broadcast.Protocol", specification.Descendants().Any(e => e.Name.LocalName == "dependency" && e.Attribute("id")!.Value.StartsWith("Broadcast.", StringComparison.Ordinal)));

                string Value(string name) => specification.Descendants().Single(e => e.Name.LocalName == name).Value;
            }

            Assert.Equal(["Broadcast.Core", "Broadcast.Gateway", "Broadcast.Protocol", "Broadcast.Redis", "Broadcast.Sqlite"], ids.Order(StringComparer.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task PackAsync(string folder)
    {
        var configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;
        var start = new ProcessStartInfo(
            "dotnet", ["pack", Path.Combine(Repository.Root, "Broadcast.Actors.sln"), "--no-build", "-c", configuration, "-o", folder, "-m:1", "--verbosity", "quiet", "--disable-build-servers"])
        {
            RedirectStandardOutput = true,
        };
        using var pack = Process.Start(start)!;
        var output = pack.StandardOutput.ReadToEndAsync();
        await pack.WaitForExitAsync().WaitAsync(s_patience);
        Assert.True(pack.ExitCode == 0, await output);
    }

    private static async Task<XDocument> ReadAsync(ZipArchiveEntry entry)
    {
        await using var stream = await entry.OpenAsync();
        return await XDocument.LoadAsync(stream, LoadOptions.None, CancellationToken.None);
    }
}
