namespace Broadcast.Sqlite;

/// <summary>Tells one life of the machine from another.</summary>
internal static class Boot
{
    private const string File = "/proc/sys/kernel/random/boot_id";

    /// <summary>Where it is not known, one that no other process has: then every end that was not orderly counts as one of the machine.</summary>
    public static string Id { get; } = System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File).Trim() : Guid.NewGuid().ToString();
}
