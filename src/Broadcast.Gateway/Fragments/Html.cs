using System.Buffers;
using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Serialization;

namespace Broadcast.Gateway;

/// <summary>
/// Markup, written as an interpolated string: <c>Html row = $"&lt;li title='{name}'&gt;{text}&lt;/li&gt;"</c>. What stands in holes is text, and escaped, whatever it is;
/// but for other <see cref="Html"/>, alone or in sequences, which is put in as it is. Null is nothing; numbers and times are written in the invariant culture.
/// Immutable once it has been read.
/// </summary>
/// <remarks>
/// A hole is safe between tags and within quoted values of attributes. It is not within a script, a style, an attribute without quotes or one
/// that holds code (<c>onclick</c>), and it does not make a link harmless whose address begins with it (<c>javascript:</c>): these are not to be made of what users say.
/// </remarks>
[InterpolatedStringHandler]
[JsonConverter(typeof(HtmlConverter))]
public sealed class Html
{
    private static readonly SearchValues<char> s_special = SearchValues.Create("&<>\"'`");

    private StringBuilder? _parts;
    private string? _text;

    /// <summary>Called by the compiler, as are the methods that append.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public Html(int literalLength, int formattedCount) => _parts = new StringBuilder(literalLength + (formattedCount * 16));

    private Html(string text) => _text = text;

    public static Html Empty { get; } = new("");

    /// <summary>Takes markup as it is. Whatever a user may have said must not be in it.</summary>
    public static Html Raw(string? markup) => string.IsNullOrEmpty(markup) ? Empty : new Html(markup);

    /// <summary>Text, escaped.</summary>
    public static Html Text(string? text)
    {
        var html = new Html(text?.Length ?? 0, 0);
        html.AppendFormatted(text.AsSpan());
        return html;
    }

    /// <returns>The markup.</returns>
    public override string ToString()
    {
        if (_text is null)
        {
            (_text, _parts) = (_parts!.ToString(), null);
        }

        return _text;
    }

    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendLiteral(string markup) => Parts.Append(markup);

    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(Html? html) => Parts.Append(html?.ToString());

    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(ReadOnlySpan<char> text)
    {
        var parts = Parts;
        while (text.IndexOfAny(s_special) is var at and >= 0)
        {
            parts.Append(text[..at]).Append(text[at] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                _ => "&#96;",
            });
            text = text[(at + 1)..];
        }

        parts.Append(text);
    }

    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted<T>(T value, string? format = null)
    {
        switch (value)
        {
            case null:
                break;
            case Html html:
                AppendFormatted(html);
                break;
            case string text:
                AppendFormatted(text.AsSpan());
                break;
            case IFormattable number:
                AppendFormatted(number.ToString(format, CultureInfo.InvariantCulture).AsSpan());
                break;
            case IEnumerable items:
                foreach (var item in items)
                {
                    AppendFormatted(item, format);
                }

                break;
            default:
                AppendFormatted(value.ToString().AsSpan());
                break;
        }
    }

    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted<T>(T value, int alignment, string? format = null)
    {
        var start = Parts.Length;
        AppendFormatted(value, format);

        // Counted in characters of the markup, as a string would count its own.
        var missing = Math.Abs(alignment) - (Parts.Length - start);
        if (missing > 0)
        {
            Parts.Insert(alignment > 0 ? start : Parts.Length, " ", missing);
        }
    }

    private StringBuilder Parts => _parts ?? throw new InvalidOperationException("This HTML has been read already, and cannot be added to.");
}
