using System.Text;

namespace Broadcast.Protocol;

/// <summary>The one check of the name by which an application answers requests: 1–128 bytes of UTF-8.</summary>
internal static class MethodName
{
    public const int MaxBytes = 128;

    /// <returns>Null if the name is good; else one sentence that says what is wrong, to be shown to the caller.</returns>
    public static string? Refusal(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return "A request needs a method.";
        }

        var bytes = Encoding.UTF8.GetByteCount(name);
        return bytes <= MaxBytes ? null : $"A method's name has at most {MaxBytes} bytes; this one has {bytes}.";
    }
}
