using System.Text;

namespace Broadcast.Protocol;

/// <summary>The one check of what goes with a publication, for every path that takes one. Bytes are counted in UTF-8.</summary>
internal static class PublicationLimits
{
    /// <summary>The longest key, event, tag name, tag value and idempotency key, in bytes.</summary>
    public const int MaxBytes = 255;

    public const int MaxTags = 32;

    /// <inheritdoc cref="Refusal(string?, string?, IReadOnlyDictionary{string, string}?, string?)"/>
    public static string? Refusal(Publication publication, string? idempotencyKey) =>
        Refusal(publication.Key, publication.Event, publication.Tags, idempotencyKey);

    /// <summary>
    /// Key, event and idempotency key are free of control characters; an idempotency key is not empty, since all who send an empty
    /// one would share it.
    /// </summary>
    /// <returns>Null if all is good; else one sentence that says what is wrong, to be shown to the caller.</returns>
    public static string? Refusal(string? key, string? @event, IReadOnlyDictionary<string, string>? tags, string? idempotencyKey) =>
        NameRefusal("key", key)
        ?? NameRefusal("event", @event)
        ?? TagsRefusal(tags)
        ?? (idempotencyKey?.Length == 0 ? "An idempotency key is not empty." : NameRefusal("idempotency key", idempotencyKey));

    private static string? NameRefusal(string what, string? value)
    {
        if (value is null)
        {
            return null;
        }

        foreach (var c in value)
        {
            if (char.IsControl(c))
            {
                return $"The {what} has no control characters; this one has U+{(int)c:X4}.";
            }
        }

        return LengthRefusal($"The {what}", value);
    }

    private static string? TagsRefusal(IReadOnlyDictionary<string, string>? tags)
    {
        if (tags is null)
        {
            return null;
        }

        if (tags.Count > MaxTags)
        {
            return $"A publication has at most {MaxTags} tags; this one has {tags.Count}.";
        }

        foreach (var (name, value) in tags)
        {
            if (LengthRefusal("A tag's name", name) is { } nameRefusal)
            {
                return nameRefusal;
            }

            if (LengthRefusal("A tag's value", value) is { } valueRefusal)
            {
                return valueRefusal;
            }
        }

        return null;
    }

    private static string? LengthRefusal(string what, string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        return length > MaxBytes ? $"{what} has at most {MaxBytes} bytes; this one has {length}." : null;
    }
}
