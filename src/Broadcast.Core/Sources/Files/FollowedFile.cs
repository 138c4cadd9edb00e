using Microsoft.Win32.SafeHandles;

namespace Broadcast.Core;

/// <summary>An open file that others write to, rename, truncate and delete. Touched by the source that reads it.</summary>
internal sealed class FollowedFile : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private FollowedFile(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
        Identity = FileIdentity.Of(handle);
    }

    public FileIdentity? Identity { get; }

    /// <summary>The next byte that is read.</summary>
    public long Position { get; set; }

    public long Length => RandomAccess.GetLength(_handle);

    /// <returns>Null if there is no such file.</returns>
    public static FollowedFile? TryOpen(string path)
    {
        try
        {
            return new FollowedFile(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <returns>0 at the end of the file.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var read = await RandomAccess.ReadAsync(_handle, buffer, Position, cancellation).ConfigureAwait(false);
        Position += read;
        return read;
    }

    /// <summary>Compares this file with the one that its name leads to now.</summary>
    public FileFate Look()
    {
        using var there = TryOpen(_path);
        if (there is null)
        {
            return IsDeleted() ? FileFate.Deleted : FileFate.Away;
        }

        if (Identity is null)
        {
            // Nothing tells the files apart here but that the one at hand never shrinks; a truncated one is opened again, to the same effect.
            return there.Length < Position ? FileFate.Replaced : FileFate.Unchanged;
        }

        if (there.Identity != Identity)
        {
            return FileFate.Replaced;
        }

        return Length < Position ? FileFate.Truncated : FileFate.Unchanged;
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>The kernel writes so behind the last name of a handle's file, proc_pid_fd(5).</summary>
    private bool IsDeleted() => OperatingSystem.IsLinux()
        && new FileInfo($"/proc/self/fd/{_handle.DangerousGetHandle()}").LinkTarget is { } name
        && name.EndsWith(" (deleted)", StringComparison.Ordinal);
}
