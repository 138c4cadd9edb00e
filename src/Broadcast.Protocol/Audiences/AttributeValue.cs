using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace Broadcast.Protocol;

/// <summary>What an attribute of a session is: text, a number, yes or no, or a list of texts. Immutable, and equal to what says the same.</summary>
[JsonConverter(typeof(AttributeValueConverter))]
[SuppressMessage("Usage", "CA2225:Operator overloads have named alternates", Justification = "Of is the alternate of all of them.")]
public sealed class AttributeValue : IEquatable<AttributeValue>
{
    private readonly object _value;

    private AttributeValue(object value) => _value = value;

    /// <summary>Null if it is something else.</summary>
    public string? Text => _value as string;

    /// <inheritdoc cref="Text"/>
    public double? Number => _value as double?;

    /// <inheritdoc cref="Text"/>
    public bool? Flag => _value as bool?;

    /// <inheritdoc cref="Text"/>
    public IReadOnlyList<string>? List => _value as string[];

    /// <summary>Its bytes in UTF-8; numbers and flags count 8.</summary>
    internal int Bytes => _value switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        string[] list => list.Sum(Encoding.UTF8.GetByteCount),
        _ => sizeof(double),
    };

    /// <summary>What it is found by, as <see cref="Has"/> compares it: itself, and of a list each of its texts.</summary>
    internal IEnumerable<AttributeValue> Keys => _value is string[] list ? list.Distinct(StringComparer.Ordinal).Select(Of).Append(this) : [this];

    public static implicit operator AttributeValue(string text) => Of(text);

    public static implicit operator AttributeValue(double number) => Of(number);

    public static implicit operator AttributeValue(bool flag) => Of(flag);

    public static implicit operator AttributeValue(string[] list) => Of(list);

    public static AttributeValue Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(text);
    }

    /// <exception cref="ArgumentException">It is infinite, or no number.</exception>
    public static AttributeValue Of(double number) =>
        double.IsFinite(number) ? new(number) : throw new ArgumentException("A number of an attribute is finite.", nameof(number));

    public static AttributeValue Of(bool flag) => new(flag);

    public static AttributeValue Of(params IEnumerable<string> list)
    {
        string[] copy = [.. list];
        return Array.Exists(copy, t => t is null) ? throw new ArgumentException("A list of an attribute has texts only.", nameof(list)) : new(copy);
    }

    /// <summary>Whether it is this value, or a list with it.</summary>
    public bool Has(AttributeValue value) => Equals(value) || (value is { Text: { } text } && _value is string[] list && list.Contains(text, StringComparer.Ordinal));

    public bool Equals(AttributeValue? other) => other is not null
        && (_value is string[] list ? other._value is string[] others && list.AsSpan().SequenceEqual(others) : _value.Equals(other._value));

    public override bool Equals(object? obj) => Equals(obj as AttributeValue);

    public override int GetHashCode() => _value is string[] list ? HashCode.Combine(list.Length, list.FirstOrDefault()) : _value.GetHashCode();

    public override string ToString() => _value switch
    {
        bool flag => flag ? "true" : "false",
        string[] list => string.Join(", ", list),
        _ => Convert.ToString(_value, CultureInfo.InvariantCulture)!,
    };
}
