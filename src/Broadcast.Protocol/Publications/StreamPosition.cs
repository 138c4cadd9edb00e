using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Broadcast.Protocol;

/// <summary>
/// A place in a room's history: everything up to <paramref name="Offset"/> has been seen. Offsets begin at 1 and rise by one;
/// the epoch changes when a history was lost, so that positions of the old one are recognised. Written <c>offset.epoch</c>.
/// </summary>
public readonly record struct StreamPosition(string Epoch, ulong Offset)
{
    /// <summary>The longest epoch that is accepted, in characters.</summary>
    public const int MaxEpochLength = 32;

    /// <summary>Reads <c>offset.epoch</c>: decimal digits, a dot, and 1–32 characters of <c>[A-Za-z0-9_-]</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out StreamPosition position)
    {
        position = default;
        var dot = text?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot < 1 || !ulong.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return false;
        }

        var epoch = text![(dot + 1)..];
        if (epoch.Length is 0 or > MaxEpochLength || !epoch.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            return false;
        }

        position = new StreamPosition(epoch, offset);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Offset}.{Epoch}");
}
