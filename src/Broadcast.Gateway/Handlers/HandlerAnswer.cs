using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Broadcast.Gateway;

/// <summary>Makes of what a handler returned what the client is answered. Immutable.</summary>
internal abstract class HandlerAnswer
{
    /// <returns>One JSON value, or null for none; when the handler has ended.</returns>
    public abstract ValueTask<ReadOnlyMemory<byte>?> OfAsync(object? returned);

    /// <returns>Null if the type cannot be written as one JSON value.</returns>
    public static HandlerAnswer? Of(Type returned, JsonSerializerOptions json)
    {
        if (returned == typeof(void) || returned == typeof(Task) || returned == typeof(ValueTask))
        {
            return new Nothing();
        }

        var isTask = returned.IsGenericType && returned.GetGenericTypeDefinition() is var open && (open == typeof(Task<>) || open == typeof(ValueTask<>));
        var type = isTask ? returned.GetGenericArguments()[0] : returned;
        var isOneValue = !type.IsByRefLike && !type.IsByRef && !type.IsPointer && !HandlerBinding.IsOfHttp(type) && !typeof(Task).IsAssignableFrom(type) && !IsAsyncSequence(type);
        return isOneValue && JsonTypes.Of(type, json) is { } known
            ? (HandlerAnswer)Activator.CreateInstance(typeof(Value<>).MakeGenericType(type), known)!
            : null;
    }

    private static bool IsAsyncSequence(Type type) =>
        type.GetInterfaces().Append(type).Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>));

    private sealed class Nothing : HandlerAnswer
    {
        public override async ValueTask<ReadOnlyMemory<byte>?> OfAsync(object? returned)
        {
            switch (returned)
            {
                case Task task:
                    await task;
                    break;
                case ValueTask task:
                    await task;
                    break;
            }

            return null;
        }
    }

    private sealed class Value<T>(JsonTypeInfo<T> json) : HandlerAnswer
    {
        public override async ValueTask<ReadOnlyMemory<byte>?> OfAsync(object? returned)
        {
            var value = returned switch
            {
                Task<T> task => await task,
                ValueTask<T> task => await task,
                _ => (T)returned!,
            };
            return JsonSerializer.SerializeToUtf8Bytes(value, json);
        }
    }
}
