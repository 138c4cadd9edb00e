using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;

namespace Broadcast.Core.Tests.Model;

/// <summary>A copy of the core with all mutants in it, switched off, built once and loaded beside the real one with tests of its own.</summary>
public sealed class MutatedCore : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("broadcast-mutants-").FullName;
    private readonly Action<int> _check;

    public MutatedCore()
    {
        var root = Root();
        foreach (var project in new[] { "Broadcast.Core", "Broadcast.Protocol" })
        {
            CopySources(Path.Combine(root, "src", project), Path.Combine(_folder, "src", project));
        }

        foreach (var file in Directory.GetFiles(root, "Directory.*.props").Concat(Directory.GetFiles(root, "NuGet.config")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        var core = Path.Combine(_folder, "src", "Broadcast.Core");
        foreach (var mutant in Mutant.All)
        {
            mutant.ApplyTo(core);
        }

        var built = Path.Combine(_folder, "built");
        Build(core, built);
        var tests = new Context(built).LoadFromAssemblyName(typeof(BroadcastModel).Assembly.GetName());
        _check = tests.GetType(typeof(BroadcastModel).FullName!)!.GetMethod(nameof(BroadcastModel.Check))!.CreateDelegate<Action<int>>();
    }

    /// <returns>What the model says of the copy with one mutant switched on, or none; null if it finds nothing.</returns>
    public string? Check(Mutant? mutant, int programs)
    {
        try
        {
            AppContext.SetSwitch(mutant?.Switch ?? "Broadcast.Mutant none", true);
            _check(programs);
            return null;
        }
        catch (Exception e) when (e.Message.Contains("Falsifiable", StringComparison.Ordinal))
        {
            return e.Message;
        }
        finally
        {
            AppContext.SetSwitch(mutant?.Switch ?? "Broadcast.Mutant none", false);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Broadcast.Actors.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The sources are not around the tests.");
        }

        return folder.FullName;
    }

    private static void CopySources(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(from, file);
            if (relative.StartsWith("bin", StringComparison.Ordinal) || relative.StartsWith("obj", StringComparison.Ordinal))
            {
                continue;
            }

            var target = Path.Combine(to, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static void Build(string project, string output)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            WorkingDirectory = project,
            ArgumentList =
            {
                "build", "-o", output, "-v", "quiet", "-nodeReuse:false",
                "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false", "-p:GenerateDocumentationFile=false",
            },
        };

        // The build that runs this test must not lead this one.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using var build = Process.Start(start)!;
        var said = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        Assert.True(build.ExitCode == 0, $"The copy with the mutants does not build:\n{said}");
    }

    private sealed class Context(string built) : AssemblyLoadContext("mutants")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var folder = assemblyName.Name switch
            {
                "Broadcast.Core" or "Broadcast.Protocol" => built,
                "Broadcast.Testing" or "Broadcast.Core.Tests" => AppContext.BaseDirectory,
                _ => null,
            };
            return folder is null ? null : LoadFromAssemblyPath(Path.Combine(folder, $"{assemblyName.Name}.dll"));
        }
    }
}
