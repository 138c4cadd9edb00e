using System.Diagnostics;

namespace Broadcast.Server.Tests;

/// <summary>An application of the documentation, in a folder of its own, built against this build and run as a process.</summary>
internal sealed class ExampleApplication : IAsyncDisposable
{
    private const string Page = "docs/application.md";
    private const string Says = "Now listening on: ";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly string _folder;

    private ExampleApplication(Process process, string folder, Uri address) => (_process, _folder, Address) = (process, folder, address);

    public Uri Address { get; }

    /// <returns>The first block of the page in that language, without the line break at its end.</returns>
    public static string Block(string language)
    {
        var fence = $"```{language}\n";
        var parts = Repository.Read(Page).Split(fence);
        Assert.True(parts.Length > 1, $"{Page} has no block of {language}.");
        return parts[1][..parts[1].IndexOf("\n```", StringComparison.Ordinal)];
    }

    public static async Task<ExampleApplication> StartAsync(string program, string page)
    {
        var folder = Directory.CreateTempSubdirectory("broadcast-example-").FullName;
        var configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;
        var gateway = Path.Combine(Repository.Root, "src", "Broadcast.Gateway", "Broadcast.Gateway.csproj");
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), program);
        await File.WriteAllTextAsync(Path.Combine(folder, "Chat.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{gateway}" />
              </ItemGroup>
            </Project>
            """);
        Directory.CreateDirectory(Path.Combine(folder, "wwwroot"));
        await File.WriteAllTextAsync(Path.Combine(folder, "wwwroot", "index.html"), page);

        // What this test was built with is not built again.
        using var build = Start(folder, "build", "-c", configuration, "-p:BuildProjectReferences=false", "-m:1", "--verbosity", "quiet", "--disable-build-servers");
        var (output, errors) = (build.StandardOutput.ReadToEndAsync(), build.StandardError.ReadToEndAsync());
        await build.WaitForExitAsync().WaitAsync(s_patience);
        Assert.True(build.ExitCode == 0, await output + await errors);
        var run = Start(folder, Path.Combine("bin", configuration, "net10.0", "Chat.dll"), "--urls", "http://127.0.0.1:0");
        return new ExampleApplication(run, folder, new Uri(await AddressAsync(run).WaitAsync(s_patience)));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> AddressAsync(Process process)
    {
        var said = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (line.IndexOf(Says, StringComparison.Ordinal) is var at and >= 0)
            {
                // It must not wait for somebody to read the rest.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return line[(at + Says.Length)..];
            }
        }

        throw new InvalidOperationException($"It ended before it listened: {string.Join('\n', said)} {await process.StandardError.ReadToEndAsync()}");
    }

    private static Process Start(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };

        // What the test's own host was told is not meant for others.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || k.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        return Process.Start(start)!;
    }
}
