using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Broadcast.SystemTests;

/// <summary>
/// nginx as a process of its own, with docker/nginx.conf as it is, but for addresses, folders, and what nginx before 1.27.3 does not know:
/// that names are looked up while it runs.
/// </summary>
internal sealed partial class Nginx : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly Task<string> _errors;

    private Nginx(Process process, DirectoryInfo folder, Task<string> errors, int port) => (_process, _folder, _errors, Port) = (process, folder, errors, port);

    /// <summary>Where it is installed, or null.</summary>
    public static string? Program { get; } = new[] { "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx", "/opt/homebrew/bin/nginx" }.FirstOrDefault(File.Exists);

    public int Port { get; }

    /// <param name="nodes">The ports of its three nodes.</param>
    public static async Task<Nginx> StartAsync(params int[] nodes)
    {
        while (true)
        {
            // Free when it was asked for; if somebody else is faster, nginx says so and ends.
            var port = FreePort();
            var folder = Directory.CreateTempSubdirectory("broadcast-nginx-");
            var file = Path.Combine(folder.FullName, "nginx.conf");
            await File.WriteAllTextAsync(file, Configuration(folder.FullName, port, nodes));
            var start = new ProcessStartInfo(Program!) { RedirectStandardError = true };
            foreach (var argument in (string[])["-p", folder.FullName, "-c", file, "-e", "stderr", "-g", Globals])
            {
                start.ArgumentList.Add(argument);
            }

            var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();

            // It writes this file when it listens.
            await Until.TrueAsync(() => process.HasExited || File.Exists(Path.Combine(folder.FullName, "nginx.pid")), () => "nginx does not start.");
            if (!process.HasExited)
            {
                return new Nginx(process, folder, errors, port);
            }

            process.Dispose();
            folder.Delete(recursive: true);
            Assert.Contains("Address already in use", await errors, StringComparison.Ordinal);
        }
    }

    /// <summary>Its access log, when it has a line for a path.</summary>
    public async Task<string> LogOfAsync(string path)
    {
        var file = Path.Combine(_folder.FullName, "access.log");
        var text = "";
        await Until.TrueAsync(
            async () => (text = await File.ReadAllTextAsync(file)).Contains(path, StringComparison.Ordinal), () => $"nginx has logged no {path}:\n{text}");
        return text;
    }

    /// <returns>What it wrote into its error log.</returns>
    public async Task<string> StopAsync()
    {
        if (!_process.HasExited)
        {
            Posix.Signal(_process.Id, Posix.Terminate);
            await _process.WaitForExitAsync();
        }

        return await _errors;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <returns>The path of a file of docker/.</returns>
    public static string FileOf(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Broadcast.Actors.sln")))
        {
            folder = folder.Parent!;
        }

        return Path.Combine(folder.FullName, "docker", name);
    }

    /// <summary>Its workers must reach the folder, which root's are not let into as somebody else.</summary>
    private static string Globals => Environment.IsPrivilegedProcess ? "daemon off; user root;" : "daemon off;";

    private static string Configuration(string folder, int port, int[] nodes)
    {
        var text = File.ReadAllText(FileOf("nginx.conf"));
        text = Server().Replace(text, m => $"server 127.0.0.1:{nodes[int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture) - 1]} max_fails=0;");
        text = Resolver().Replace(text, "");
        Assert.DoesNotContain("resolve", NoComments().Replace(text, ""), StringComparison.Ordinal);
        return Listen().Replace(text, $"listen 127.0.0.1:{port} ")
            .Replace("/tmp/", $"{folder}/", StringComparison.Ordinal)
            .Replace("/dev/stdout", $"{folder}/access.log", StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"server node(\d):8080 resolve max_fails=0;")]
    private static partial Regex Server();

    [GeneratedRegex(@"(?m)^ +resolver .*$")]
    private static partial Regex Resolver();

    [GeneratedRegex(@"(?m)#.*$")]
    private static partial Regex NoComments();

    [GeneratedRegex(@"listen 8080 ")]
    private static partial Regex Listen();
}
