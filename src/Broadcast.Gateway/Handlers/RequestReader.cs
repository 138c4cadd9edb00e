using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Broadcast.Gateway;

/// <summary>Reads the one request that a handler takes from the data that a client sent. Immutable.</summary>
internal sealed class RequestReader
{
    private const int MaxPath = 100;

    private readonly string _handler;
    private readonly JsonTypeInfo _type;
    private readonly bool _isOptional;
    private readonly object? _default;

    private RequestReader(string handler, ParameterInfo parameter, JsonTypeInfo type)
    {
        (_handler, _type, Described) = (handler, type, HandlerBinding.Describe(parameter));
        _isOptional = parameter.HasDefaultValue
            || (parameter.ParameterType.IsValueType
                ? Nullable.GetUnderlyingType(parameter.ParameterType) is not null
                : new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable);
        _default = parameter.HasDefaultValue ? parameter.DefaultValue : null;
    }

    /// <summary>The parameter, as it was written.</summary>
    public string Described { get; }

    public Type Type => _type.Type;

    /// <returns>Null if nothing of that type can be read from JSON.</returns>
    public static RequestReader? Of(string handler, ParameterInfo parameter, JsonSerializerOptions json)
    {
        var type = parameter.ParameterType;
        if (type.IsByRef || type.IsByRefLike || type.IsPointer || HandlerBinding.IsOfHttp(type) || typeof(Delegate).IsAssignableFrom(type)
            || JsonTypes.Of(type, json) is not { } known)
        {
            return null;
        }

        var isMade = !(type.IsAbstract || type.IsInterface) || known.Kind != JsonTypeInfoKind.Object || known.PolymorphismOptions is not null;
        return isMade ? new RequestReader(handler, parameter, known) : null;
    }

    /// <returns>Null, or why not, in one sentence for the client.</returns>
    public string? TryRead(ReadOnlyMemory<byte>? data, IServiceProvider services, out object? request)
    {
        request = _default;
        if (data is not { } json)
        {
            return _isOptional ? null : $"{_handler} needs data.";
        }

        try
        {
            request = JsonSerializer.Deserialize(json.Span, _type);
        }
        catch (JsonException e)
        {
            // Its message names types of the application; its path may hold names that the client sent.
            var path = e.Path ?? "$";
            return $"The data is not what {_handler} takes; see {(path.Length > MaxPath ? path[..MaxPath] + "…" : path)}.";
        }

        return request is not null ? RequestValidation.Refusal(request, services)
            : _isOptional ? null
            : $"{_handler} needs data.";
    }
}
