using System.Text.Json;
using System.Text.Json.Serialization;

namespace Broadcast.Protocol;

/// <summary>
/// Reads and writes an audience as a JSON object with one name for what decides and, if somebody is left out, <c>except</c>. Nodes keep and exchange the
/// same form; what one does not know it does not read, so that it shows it to nobody.
/// </summary>
internal sealed class AudienceConverter : JsonConverter<Audience>
{
    private const string Shape = "An audience is an object with one of \"connection\", \"user\", \"users\", \"signed_in\", \"role\", \"attribute\", \"pool\", \"named\", "
        + "\"within\" and \"nobody\", and, if you like, \"except\".";

    private static readonly AttributeValueConverter s_value = new();

    /// <exception cref="ArgumentException">It is none; the message is one sentence.</exception>
    public static Audience Read(JsonElement json)
    {
        try
        {
            return ReadObject(json);
        }
        catch (InvalidOperationException)
        {
            // How strings say that an escape such as \ud800 stands for no character (RFC 8259, 8.2).
            throw new ArgumentException("A string of the audience has half of a surrogate pair.");
        }
    }

    public override Audience Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var json = JsonDocument.ParseValue(ref reader);
        try
        {
            return Read(json.RootElement);
        }
        catch (ArgumentException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, Audience value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        switch (value.Kind)
        {
            case AudienceKind.Nobody:
                writer.WriteBoolean("nobody"u8, true);
                break;
            case AudienceKind.SignedIn:
                writer.WriteBoolean("signed_in"u8, true);
                break;
            case AudienceKind.Connection:
                writer.WriteString("connection"u8, value.Name);
                break;
            case AudienceKind.User:
                writer.WriteString("user"u8, value.Name);
                break;
            case AudienceKind.Users:
                writer.WriteStartArray("users"u8);
                foreach (var user in value.Names.Order(StringComparer.Ordinal))
                {
                    writer.WriteStringValue(user);
                }

                writer.WriteEndArray();
                break;
            case AudienceKind.Role:
                writer.WriteString("role"u8, value.Value!.Text);
                break;
            case AudienceKind.Attribute:
                writer.WriteStartObject("attribute"u8);
                writer.WriteString("name"u8, value.Name);
                writer.WritePropertyName("value"u8);
                s_value.Write(writer, value.Value!, options);
                writer.WriteEndObject();
                break;
            case AudienceKind.Named:
                writer.WriteString("named"u8, value.Name);
                break;
            case AudienceKind.Within:
                writer.WriteStartObject("within"u8);
                writer.WriteNumber("latitude"u8, value.Circle!.Centre.Latitude);
                writer.WriteNumber("longitude"u8, value.Circle.Centre.Longitude);
                writer.WriteNumber("metres"u8, value.Circle.Metres);
                writer.WriteEndObject();
                break;
        }

        if (value.Excluded is { } excluded)
        {
            writer.WriteString("except"u8, excluded);
        }

        writer.WriteEndObject();
    }

    private static Audience ReadObject(JsonElement json)
    {
        var (audience, except) = ((Audience?)null, (string?)null);
        foreach (var property in Members(json, Shape))
        {
            if (property.Name == "except" ? except is not null : audience is not null)
            {
                throw new ArgumentException(Shape);
            }

            if (property.Name == "except")
            {
                except = Text(property);
            }
            else
            {
                audience = ReadOne(property);
            }
        }

        return except is null ? audience ?? throw new ArgumentException(Shape)
            : audience is null ? Audience.AllBut(except)
            : audience.Except(except);
    }

    private static Audience ReadOne(JsonProperty property) => property.Name switch
    {
        "nobody" when property.Value.ValueKind == JsonValueKind.True => Audience.Nobody,
        "signed_in" when property.Value.ValueKind == JsonValueKind.True => Audience.SignedIn,
        "connection" => Audience.Connection(Text(property)),
        "user" => Audience.User(Text(property)),
        "users" => Audience.Users(Texts(property)),
        "role" => Audience.Role(Text(property)),
        "pool" => Audience.Pool(Text(property)),
        "named" => Audience.Named(Text(property)),
        "attribute" => ReadAttribute(property),
        "within" => ReadCircle(property),
        _ => throw new ArgumentException(Shape),
    };

    private static Audience ReadAttribute(JsonProperty property)
    {
        const string Attribute = "\"attribute\" is an object with \"name\" and \"value\", which is a string, a number, true, false, or a list of strings.";
        var (name, value) = ((string?)null, (AttributeValue?)null);
        foreach (var member in Members(property.Value, Attribute))
        {
            switch (member.Name)
            {
                case "name" when name is null:
                    name = Text(member);
                    break;
                case "value" when value is null:
                    value = AttributeOf(member.Value) ?? throw new ArgumentException(Attribute);
                    break;
                default:
                    throw new ArgumentException(Attribute);
            }
        }

        return name is null || value is null ? throw new ArgumentException(Attribute) : Audience.Attribute(name, value);
    }

    private static AttributeValue? AttributeOf(JsonElement value)
    {
        try
        {
            return value.Deserialize(AudienceJsonContext.Default.AttributeValue);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Audience ReadCircle(JsonProperty property)
    {
        const string Within = "\"within\" is an object with the numbers \"latitude\", \"longitude\" and \"metres\".";
        var read = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var member in Members(property.Value, Within))
        {
            if (member.Name is not ("latitude" or "longitude" or "metres")
                || member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetDouble(out var number) || !read.TryAdd(member.Name, number))
            {
                throw new ArgumentException(Within);
            }
        }

        return read.Count == 3
            ? Audience.Within(new Location(read["latitude"], read["longitude"]), read["metres"])
            : throw new ArgumentException(Within);
    }

    private static JsonElement.ObjectEnumerator Members(JsonElement json, string shape) =>
        json.ValueKind == JsonValueKind.Object ? json.EnumerateObject() : throw new ArgumentException(shape);

    private static string Text(JsonProperty property) =>
        property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : throw new ArgumentException($"\"{property.Name}\" of an audience is a string.");

    private static IEnumerable<string> Texts(JsonProperty property) =>
        property.Value.ValueKind == JsonValueKind.Array && property.Value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
            ? property.Value.EnumerateArray().Select(v => v.GetString()!)
            : throw new ArgumentException($"\"{property.Name}\" of an audience is a list of strings.");
}
