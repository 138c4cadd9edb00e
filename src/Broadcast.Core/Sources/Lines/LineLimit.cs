using System.Runtime.CompilerServices;

namespace Broadcast.Core;

/// <summary>The bounds of a line's length, in bytes.</summary>
internal static class LineLimit
{
    public const int Default = 65_536;

    public const int Highest = 16_777_216;

    public static int Checked(int bytes, [CallerArgumentExpression(nameof(bytes))] string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Highest, name);
        return bytes;
    }
}
