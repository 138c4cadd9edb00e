using System.Runtime.InteropServices;

namespace Broadcast.SystemTests;

/// <summary>Signals to processes that this one started.</summary>
internal static partial class Posix
{
    public const int Terminate = 15;

    public const int User1 = 10;

    public static void Signal(int process, int signal) => Assert.Equal(0, Kill(process, signal));

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
