using System.Reflection;

namespace Broadcast.Redis;

/// <summary>
/// A script as this process has it. Redis knows none of them after it was restarted, or when a replica took its place, and each process has its
/// own: so long as Redis knows it, it is the same Redis, with all its data, that this process has last looked at.
/// </summary>
internal static class Script
{
    private static readonly string s_process = Guid.NewGuid().ToString("N");

    public static string Publish { get; } = Text("publish");

    public static string Read { get; } = Text("read");

    public static string Claim { get; } = Text("claim");

    private static string Text(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{name}.lua")!;
        using var reader = new StreamReader(stream);
        return $"-- {s_process}\n{reader.ReadToEnd()}";
    }
}
