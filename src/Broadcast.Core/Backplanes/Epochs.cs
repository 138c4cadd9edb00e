using System.Security.Cryptography;

namespace Broadcast.Core;

/// <summary>Makes epochs: names that no history had before.</summary>
internal static class Epochs
{
    /// <returns>Eight letters and digits, none of which is taken for another.</returns>
    public static string New() => RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 8);
}
