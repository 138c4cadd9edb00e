using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Broadcast.Testing;

/// <summary>A redis-server of a test's own, with a folder of its own, which both go with it. Linux only.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("broadcast-redis-");
    private Process? _process;

    private RedisServer(int port) => Port = port;

    public int Port { get; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public int Pid => _process!.Id;

    /// <summary>Whether <c>redis-server</c> is installed.</summary>
    public static bool IsInstalled { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "redis-server")));

    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var server = new RedisServer(FreePort.Next());
            if (await server.TryRunAsync(arguments))
            {
                return server;
            }

            // Somebody else took the port meanwhile.
            await server.DisposeAsync();
        }

        throw new InvalidOperationException($"redis-server did not start with {string.Join(' ', arguments)}.");
    }

    /// <summary>Starts it again after it ended.</summary>
    /// <param name="keepData">Whether with what it had saved.</param>
    public async Task RunAgainAsync(bool keepData, params string[] arguments)
    {
        if (!keepData)
        {
            foreach (var item in _folder.GetFileSystemInfos())
            {
                if (item is DirectoryInfo folder)
                {
                    folder.Delete(recursive: true);
                }
                else
                {
                    item.Delete();
                }
            }
        }

        if (!await TryRunAsync(arguments))
        {
            throw new InvalidOperationException($"Redis did not start again at {Address}.");
        }
    }

    /// <summary>Asks it to end; it saves what it has.</summary>
    public async Task StopAsync()
    {
        await AskAsync("SHUTDOWN");
        await EndedAsync();
    }

    /// <summary>Ends it without a word.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await EndedAsync();
    }

    /// <summary>From now on it does nothing, and does not know it.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public Task ContinueAsync() => SignalAsync("CONT");

    /// <summary>Asks one command, as on a line.</summary>
    /// <returns>The first line of the answer; empty if there is none.</returns>
    public async Task<string> AskAsync(string command)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var socket = await SendAsync(command, patience.Token);
        using var reader = new StreamReader(socket.GetStream());
        return await reader.ReadLineAsync(patience.Token) ?? "";
    }

    /// <summary>Asks one command whose answer is a text.</summary>
    public async Task<string> AskTextAsync(string command)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var socket = await SendAsync(command, patience.Token);
        using var reader = new StreamReader(socket.GetStream());
        var length = int.Parse((await reader.ReadLineAsync(patience.Token))![1..], CultureInfo.InvariantCulture);
        var text = new char[length];
        await reader.ReadBlockAsync(text, patience.Token);
        return new string(text);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<TcpClient> SendAsync(string command, CancellationToken cancellation)
    {
        var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port, cancellation);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\n"), cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", Pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <returns>False if it ended before it answered.</returns>
    private async Task<bool> TryRunAsync(string[] arguments)
    {
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true, WorkingDirectory = _folder.FullName };
        foreach (var argument in (string[])[
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.FullName, "--save", "", "--appendonly", "yes", "--appendfsync", "no", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;

        // Not read, it would stop when the pipe is full.
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        for (var begun = Stopwatch.StartNew(); !_process.HasExited; await Task.Delay(20))
        {
            try
            {
                if (await AskAsync("PING") is var said && (said == "+PONG" || said.StartsWith("-NOAUTH", StringComparison.Ordinal)))
                {
                    return !_process.HasExited;
                }
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException && begun.Elapsed < Patience)
            {
                // Not yet.
            }
        }

        return false;
    }

    private async Task EndedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process!.WaitForExitAsync(patience.Token);
        _process.Dispose();
        _process = null;
    }
}
