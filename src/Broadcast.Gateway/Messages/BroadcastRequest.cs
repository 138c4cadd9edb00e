using System.Text;
using System.Text.Json;

namespace Broadcast.Gateway;

/// <summary>The body of <c>POST /broadcast</c>.</summary>
internal sealed record BroadcastRequest(string Room, Publication Publication)
{
    private const string Shape = "The body is an object with \"message\", and, if you like, \"event\" and \"room\".";

    /// <summary>Names that are unknown or come twice are refused, so that no misspelling passes for success.</summary>
    /// <returns>The request, or the sentence that says what is wrong with it.</returns>
    public static (BroadcastRequest? Request, string? Wrong) Parse(ReadOnlyMemory<byte> body)
    {
        if (!JsonText.IsOneValue(body.Span))
        {
            return (null, $"The body is not one JSON value of at most {JsonText.MaxDepth} levels.");
        }

        try
        {
            using var json = JsonDocument.Parse(body);
            return Read(json.RootElement);
        }
        catch (InvalidOperationException)
        {
            // How strings say that an escape such as \ud800 stands for no character (RFC 8259, 8.2).
            return (null, "A string in the body has half of a surrogate pair.");
        }
    }

    private static (BroadcastRequest? Request, string? Wrong) Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return (null, Shape);
        }

        var read = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name is not ("message" or "event" or "room") || !read.TryAdd(property.Name, property.Value))
            {
                return (null, "The body has \"message\", \"event\" and \"room\", each once, and nothing else.");
            }

            if (property.Name != "message" && property.Value.ValueKind != JsonValueKind.String)
            {
                return (null, $"\"{property.Name}\" is a string.");
            }
        }

        if (!read.TryGetValue("message", out var message))
        {
            return (null, Shape);
        }

        var isText = message.ValueKind == JsonValueKind.String;
        var data = Encoding.UTF8.GetBytes(isText ? message.GetString()! : message.GetRawText());
        var room = read.TryGetValue("room", out var named) ? named.GetString()! : BroadcastEndpoint.DefaultRoom;
        var publication = new Publication(data, isText ? ContentKind.Text : ContentKind.Json)
        {
            Event = read.TryGetValue("event", out var name) ? name.GetString() : null,
        };
        return (new BroadcastRequest(room, publication), null);
    }
}
