namespace Broadcast.Core.Tests.Sources;

internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("broadcast-");

    public string Path => _folder.FullName;

    /// <summary>How many of this process's handles lead into the folder.</summary>
    public int OpenHandles => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Count(fd => new FileInfo(fd).LinkTarget?.StartsWith(Path, StringComparison.Ordinal) == true);

    public string At(string name) => System.IO.Path.Join(Path, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
