using System.Text.Json.Serialization;

namespace Broadcast.Protocol;

/// <summary>Reads and writes audiences without looking at their type when the application runs.</summary>
[JsonSerializable(typeof(Audience))]
[JsonSerializable(typeof(AttributeValue))]
internal sealed partial class AudienceJsonContext : JsonSerializerContext;
