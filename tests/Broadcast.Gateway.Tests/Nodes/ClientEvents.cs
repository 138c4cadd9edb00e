using System.Text;

namespace Broadcast.Gateway.Tests;

/// <summary>One block of an event stream as a browser reads it (WHATWG HTML, 9.2.6), with what a browser passes over.</summary>
internal sealed record ClientEvent(string? Id, string? Event, string? Data, string? Retry, string? Comment);

/// <summary>Reads an event stream.</summary>
internal sealed class ClientEvents(HttpResponseMessage response, Stream stream) : IDisposable
{
    private readonly StreamReader _lines = new(stream, Encoding.UTF8);

    public HttpResponseMessage Response => response;

    /// <returns>The next block, or null at the end of the stream.</returns>
    public async Task<ClientEvent?> ReadAsync()
    {
        var read = new ClientEvent(null, null, null, null, null);
        while (await _lines.ReadLineAsync().WaitAsync(Wait.Patience) is { } line)
        {
            if (line.Length == 0)
            {
                return read;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (field, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
            value = value.StartsWith(' ') ? value[1..] : value;
            read = field switch
            {
                "id" => read with { Id = value },
                "event" => read with { Event = value },
                "data" => read with { Data = read.Data is null ? value : $"{read.Data}\n{value}" },
                "retry" => read with { Retry = value },
                "" => read with { Comment = value },
                _ => throw new InvalidOperationException($"No event stream has the line '{line}'."),
            };
        }

        return null;
    }

    /// <returns>The next event that a browser would dispatch, but for the one that opens every stream.</returns>
    public async Task<ClientEvent> ReadDataAsync()
    {
        while (true)
        {
            var read = await ReadAsync();
            Assert.True(read is not null, "The stream ended.");
            if (read.Data is not null && read.Event != "connection")
            {
                return read;
            }
        }
    }

    /// <returns>The next message to this client alone.</returns>
    public async Task<ClientEvent> ReadDirectAsync()
    {
        while (true)
        {
            if (await ReadDataAsync() is { Event: "direct" } read)
            {
                return read;
            }
        }
    }

    public async Task<string[]> ReadDataAsync(int count)
    {
        var data = new string[count];
        for (var i = 0; i < count; i++)
        {
            data[i] = (await ReadDataAsync()).Data!;
        }

        return data;
    }

    public void Dispose()
    {
        _lines.Dispose();
        response.Dispose();
    }
}
