using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Broadcast.SystemTests;

/// <summary>The node as it was built, started as a process of its own, so that its memory, descriptors and sockets are its own. Linux only.</summary>
internal sealed partial class ServerNode : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly List<string> _said = [];
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<string> _probed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerNode(Process process, DirectoryInfo folder)
    {
        (_process, _folder) = (process, folder);
        process.OutputDataReceived += (_, e) => Hear(e.Data);
        process.ErrorDataReceived += (_, e) => Hear(e.Data);
        process.Exited += (_, _) =>
        {
            // What it said last is heard then.
            process.WaitForExit();
            _listening.TrySetException(new InvalidOperationException($"The node ended before it listened:\n{Said}"));
        };
        process.EnableRaisingEvents = true;
    }

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false });

    public int Pid => _process.Id;

    public int Port { get; private set; }

    public StreamWriter Input => _process.StandardInput;

    /// <summary>What the node said so far.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return string.Join('\n', _said);
            }
        }
    }

    /// <param name="settings">The section <c>Broadcast</c>, in which everybody is an operator; <c>Rooms</c> are its first rules, all others are open.</param>
    public static async Task<ServerNode> StartAsync(object? settings = null, params string[] arguments)
    {
        var server = ServerPath();
        Assert.True(File.Exists(server), $"{server} is not there.");
        var folder = Directory.CreateTempSubdirectory("broadcast-system-");
        var file = Path.Combine(folder.FullName, "settings.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { Broadcast = settings ?? new { Rooms = new[] { Rule("*") } } }));
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.FullName,
        };
        foreach (var argument in (string[])[server, "--urls", "http://127.0.0.1:0", "--settings", file, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_CONTENTROOT"] = Path.GetDirectoryName(server);
        start.Environment["Broadcast__Operators"] = "Anyone";
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(ServerNode).Assembly.Location;
        var node = new ServerNode(new Process { StartInfo = start }, folder);
        node._process.Start();
        node._process.BeginOutputReadLine();
        node._process.BeginErrorReadLine();
        var address = await Until.DoneAsync(node._listening.Task, () => node.Said);
        (node.Port, node.Http.BaseAddress) = (address.Port, address);
        return node;
    }

    /// <summary>A rule that opens rooms to everybody.</summary>
    public static object Rule(string name, object? rule = null) =>
        new { Name = name, Subscribe = "Anyone", Publish = "Anyone", Presence = "Anyone", Rule = rule ?? new { } };

    /// <returns>Its position.</returns>
    public async Task<string> PublishAsync(string room, string text, string query = "")
    {
        using var body = new StringContent(text, Encoding.UTF8, "text/plain");
        using var answer = await Http.PostAsync(new Uri($"/rooms/{room}/messages{query}", UriKind.Relative), body);
        var said = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, said);
        return JsonDocument.Parse(said).RootElement.GetProperty("position").GetString()!;
    }

    public async Task<JsonElement> GetAsync(string path) => JsonDocument.Parse(await Http.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;

    /// <summary>The only subscription of a client.</summary>
    public async Task<JsonElement> SubscriptionAsync(string client) => (await GetAsync($"/connections/{client}")).GetProperty("subscriptions")[0];

    /// <summary>A metric, summed over its labels.</summary>
    public async Task<long> MetricAsync(string name)
    {
        var text = await Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return text.Split('\n')
            .Where(l => l.StartsWith(name + " ", StringComparison.Ordinal) || l.StartsWith(name + "{", StringComparison.Ordinal))
            .Sum(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    public async Task<Footprint> MeasureAsync()
    {
        // What was closed is closed before it is measured.
        _probed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Posix.Signal(Pid, Posix.User1);
        var probe = ProbeLine().Match(await Until.DoneAsync(_probed.Task, () => "The node's probe did not answer:\n" + Said));
        return new Footprint(
            HeapBytes: long.Parse(probe.Groups["heap"].ValueSpan, CultureInfo.InvariantCulture),
            ResidentBytes: ProcessFiles.ResidentBytes(Pid),
            Descriptors: ProcessFiles.Descriptors(Pid),
            Unobserved: int.Parse(probe.Groups["unobserved"].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>What every test asks at its end: nothing unexpected happened, and nothing was said at Error or above.</summary>
    public async Task AssertNoFaultAsync()
    {
        Assert.Equal(0, await MetricAsync("broadcast_faults_total"));
        Assert.Equal(0, (await MeasureAsync()).Unobserved);
        Assert.DoesNotMatch(@"(?m)^\S*\s*(fail|crit): |PROBE unobserved|Unhandled exception", Said);
    }

    /// <summary>When all clients have left, their rooms close, and every byte that was ever counted for a window was taken off again.</summary>
    public async Task AssertEmptyAsync()
    {
        await Until.TrueAsync(
            async () => await MetricAsync("broadcast_connections") == 0 && await MetricAsync("broadcast_rooms") == 0, () => "There still are rooms or connections.");
        Assert.Equal(0, await MetricAsync("broadcast_window_bytes"));
    }

    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        Posix.Signal(Pid, Posix.Terminate);
        using var patience = new CancellationTokenSource(Until.Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Ends it without a word, wherever it is just then.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();

        _process.Dispose();
        Http.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_said)
        {
            _said.Add(line);
        }

        if (ListeningLine().Match(line) is { Success: true } listening)
        {
            _listening.TrySetResult(new Uri(listening.Groups[1].Value));
        }
        else if (ProbeLine().IsMatch(line))
        {
            _probed.TrySetResult(line);
        }
    }

    /// <summary>Beside this assembly, as the build lays them out.</summary>
    private static string ServerPath()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var (framework, configuration) = (output.Name, output.Parent!.Name);
        var root = output.Parent.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "src", "Broadcast.Server", "bin", configuration, framework, "Broadcast.Server.dll");
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex ListeningLine();

    [GeneratedRegex(@"PROBE heap=(?<heap>\d+) unobserved=(?<unobserved>\d+)")]
    private static partial Regex ProbeLine();
}
