using System.Text.Json.Serialization;

namespace Broadcast.Core;

/// <summary>How everything that nodes tell each other looks as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeLetter))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(UserRequest))]
[JsonSerializable(typeof(LetterRequest))]
[JsonSerializable(typeof(ClientList))]
[JsonSerializable(typeof(DisconnectRequest))]
[JsonSerializable(typeof(UnsubscribeRequest))]
[JsonSerializable(typeof(SendRequest))]
[JsonSerializable(typeof(StatusRequest))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(PauseRequest))]
[JsonSerializable(typeof(StageRequest))]
[JsonSerializable(typeof(UserStage))]
[JsonSerializable(typeof(ConnectionQuery))]
[JsonSerializable(typeof(JoinRequest))]
[JsonSerializable(typeof(JoinCount))]
[JsonSerializable(typeof(AttributesRequest))]
[JsonSerializable(typeof(AudienceRequest))]
[JsonSerializable(typeof(PartsRequest))]
[JsonSerializable(typeof(AudienceCount))]
[JsonSerializable(typeof(MailMark))]
[JsonSerializable(typeof(PresenceRequest))]
[JsonSerializable(typeof(PresenceAnswer))]
[JsonSerializable(typeof(ReceiptRequest))]
[JsonSerializable(typeof(ReceiptAnswer))]
[JsonSerializable(typeof(ClientNews))]
[JsonSerializable(typeof(LossRequest))]
[JsonSerializable(typeof(LossAnswer))]
internal sealed partial class NodeJson : JsonSerializerContext;
