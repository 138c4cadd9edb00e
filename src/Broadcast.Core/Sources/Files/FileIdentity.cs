using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Broadcast.Core;

/// <summary>Tells whether two open handles are the same file, whatever its name is now.</summary>
internal readonly record struct FileIdentity(long Mount, ulong Inode)
{
    /// <returns>Null where the system does not say: elsewhere than on Linux, and on kernels before 5.14.</returns>
    public static FileIdentity? Of(SafeFileHandle handle)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            return Parse(File.ReadAllText($"/proc/self/fdinfo/{handle.DangerousGetHandle()}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads the kernel's description of a handle, <c>/proc/PID/fdinfo/FD</c> in proc(5).</summary>
    public static FileIdentity? Parse(ReadOnlySpan<char> fdinfo)
    {
        (long? mount, ulong? inode) = (null, null);
        foreach (var line in fdinfo.EnumerateLines())
        {
            var colon = line.IndexOf(':');
            var value = line[(colon + 1)..].Trim();
            if (line.StartsWith("mnt_id:") && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var m))
            {
                mount = m;
            }
            else if (line.StartsWith("ino:") && ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var i))
            {
                inode = i;
            }
        }

        return mount is { } on && inode is { } node ? new FileIdentity(on, node) : null;
    }
}
