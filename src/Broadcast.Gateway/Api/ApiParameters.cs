using System.Text.Json;

namespace Broadcast.Gateway;

/// <summary>What a request of the server API gives its method, checked.</summary>
internal sealed class ApiParameters
{
    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);

    private ApiParameters()
    {
    }

    public string? User => Text("user");

    public string? Client => Text("client");

    /// <summary>Names that are unknown or come twice are refused, so that no misspelling passes for success. An empty body gives nothing.</summary>
    /// <returns>The parameters, or the sentence that says what is wrong with them.</returns>
    public static (ApiParameters? Parameters, string? Wrong) Parse(ReadOnlyMemory<byte> body, IReadOnlyList<ApiParameter> known)
    {
        if (body.IsEmpty)
        {
            return (new ApiParameters(), null);
        }

        if (!JsonText.IsOneValue(body.Span))
        {
            return (null, $"The body is not one JSON value of at most {JsonText.MaxDepth} levels.");
        }

        try
        {
            using var json = JsonDocument.Parse(body);
            var read = new ApiParameters();
            return read.Wrong(json.RootElement, known) is { } wrong ? (null, wrong) : (read, null);
        }
        catch (InvalidOperationException)
        {
            // How strings say that an escape such as \ud800 stands for no character (RFC 8259, 8.2).
            return (null, "A string in the body has half of a surrogate pair.");
        }
    }

    public string? Text(string name) => _values.TryGetValue(name, out var value) ? value.GetString() : null;

    public ushort? Number(string name) => _values.TryGetValue(name, out var value) ? value.GetUInt16() : null;

    public string[]? Texts(string name) => _values.TryGetValue(name, out var value) ? [.. value.EnumerateArray().Select(v => v.GetString()!)] : null;

    /// <summary>False also if it is not given.</summary>
    public bool Flag(string name) => _values.TryGetValue(name, out var value) && value.GetBoolean();

    public JsonElement? Any(string name) => _values.TryGetValue(name, out var value) ? value : null;

    private string? Wrong(JsonElement root, IReadOnlyList<ApiParameter> known)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return "The body is a JSON object.";
        }

        foreach (var property in root.EnumerateObject())
        {
            if (known.FirstOrDefault(p => p.Name == property.Name) is not { } parameter || !_values.TryAdd(property.Name, property.Value.Clone()))
            {
                return known.Count == 0 ? "The method takes no parameters."
                    : $"The method takes {string.Join(", ", known.Select(p => $"\"{p.Name}\""))}, each at most once, and nothing else.";
            }

            if (NotA(parameter.Value, property.Value) is { } kind)
            {
                return $"\"{property.Name}\" is {kind}.";
            }
        }

        return null;
    }

    /// <summary>Reads every string, so that one that is none is found here.</summary>
    /// <returns>What it should be, or null if it is that.</returns>
    private static string? NotA(ApiValue kind, JsonElement value) => kind switch
    {
        ApiValue.Text => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } ? null : "a string, and not empty",
        ApiValue.Texts => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String && v.GetString() is not null)
            ? null : "a list of strings",
        ApiValue.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
        ApiValue.Number => value.ValueKind == JsonValueKind.Number && value.TryGetUInt16(out _) ? null : "a whole number from 0 to 65535",
        _ => value.ValueKind == JsonValueKind.String && value.GetString() is null ? "a JSON value" : null,
    };
}
