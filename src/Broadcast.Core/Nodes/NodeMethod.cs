using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Broadcast.Core;

/// <summary>Something that nodes ask each other for. Immutable.</summary>
/// <param name="name">Goes over the wire.</param>
internal abstract class NodeMethod(string name)
{
    public string Name => name;

    /// <summary>Answers another node.</summary>
    /// <exception cref="JsonException">The request has a form that this version does not know.</exception>
    public abstract Task<JsonElement> ServeAsync(JsonElement request);
}

/// <param name="serve">Gives this node's own part; may be called by any thread.</param>
internal sealed class NodeMethod<TRequest, TAnswer>(
    string name, JsonTypeInfo<TRequest> requestForm, JsonTypeInfo<TAnswer> answerForm, Func<TRequest, Task<TAnswer>> serve) : NodeMethod(name)
{
    /// <summary>Gives this node's own part.</summary>
    public Task<TAnswer> AnswerAsync(TRequest request) => serve(request);

    public override async Task<JsonElement> ServeAsync(JsonElement request)
    {
        var asked = request.Deserialize(requestForm) ?? throw new JsonException("A request is not null.");
        return JsonSerializer.SerializeToElement(await serve(asked), answerForm);
    }

    public JsonElement Write(TRequest request) => JsonSerializer.SerializeToElement(request, requestForm);

    /// <exception cref="JsonException">The answer has a form that this version does not know.</exception>
    public TAnswer Read(JsonElement answer) => answer.Deserialize(answerForm) ?? throw new JsonException("An answer is not null.");
}
