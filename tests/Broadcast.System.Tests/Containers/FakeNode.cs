using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Broadcast.SystemTests;

/// <summary>Stands where a node would, keeps what it is asked, and answers each request alike: with a status, or by ending the connection.</summary>
internal sealed partial class FakeNode : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly string? _status;
    private readonly Task _running;

    /// <param name="status">As <c>503 Service Unavailable</c>; null ends the connection when the request has been read.</param>
    public FakeNode(string? status)
    {
        _status = status;
        _listener.Start();
        _running = RunAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The heads of requests, in the order they came.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _running;
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was disposed of.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        try
        {
            if (await ReadAsync(stream) is { } head)
            {
                _requests.Enqueue(head);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(_status is null ? "" : $"HTTP/1.1 {_status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
            }
        }
        catch (IOException)
        {
            // Whoever asked has gone.
        }
    }

    /// <summary>Reads the whole request, since what is left unread would make the end of the connection a reset.</summary>
    /// <returns>Its head, or null if it ended before.</returns>
    private static async Task<string?> ReadAsync(NetworkStream stream)
    {
        var text = "";
        var buffer = new byte[8 << 10];
        while (true)
        {
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            if (end >= 4 && text.Length >= end + BodyLength(text))
            {
                return text[..end];
            }

            var count = await stream.ReadAsync(buffer);
            if (count == 0)
            {
                return null;
            }

            text += Encoding.ASCII.GetString(buffer, 0, count);
        }
    }

    private static int BodyLength(string head) =>
        ContentLength().Match(head) is { Success: true } length ? int.Parse(length.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\r\nContent-Length: (\d+)\r\n", RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength();
}
