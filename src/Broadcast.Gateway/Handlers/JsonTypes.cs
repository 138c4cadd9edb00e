using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Broadcast.Gateway;

/// <summary>What JSON knows of types.</summary>
internal static class JsonTypes
{
    /// <returns>Null if values of the type cannot be written or read.</returns>
    public static JsonTypeInfo? Of(Type type, JsonSerializerOptions json)
    {
        try
        {
            return json.GetTypeInfo(type);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
