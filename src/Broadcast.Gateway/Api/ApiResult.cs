using System.Text.Json;

namespace Broadcast.Gateway;

/// <summary>What a method of the server API answers: what writes the members of <c>result</c>, or why there is none.</summary>
internal readonly record struct ApiResult(Action<Utf8JsonWriter>? Write, Refusal? Refusal)
{
    public static ApiResult Of(Action<Utf8JsonWriter> write) => new(write, null);

    public static implicit operator ApiResult(Refusal refusal) => new(null, refusal);
}
