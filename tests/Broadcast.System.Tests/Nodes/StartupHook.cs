#pragma warning disable CA1050 // The runtime looks for this name, in no namespace.

using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

/// <summary>
/// What the runtime runs in the node before its own code (DOTNET_STARTUP_HOOKS): it hears of exceptions nobody looked at, and at SIGUSR1
/// collects all garbage and says what is left. So figures are of what the node holds, and not of what was not collected yet. It ends the
/// node when the tests were killed.
/// </summary>
internal static class StartupHook
{
    private const int CollectSignal = 10;

    private static long s_unobserved;
    private static PosixSignalRegistration? s_registration;
    private static Timer? s_parentWatch;

    public static void Initialize()
    {
        TaskScheduler.UnobservedTaskException += (_, e) =>
        {
            Interlocked.Increment(ref s_unobserved);
            Console.Error.WriteLine($"PROBE unobserved: {e.Exception}");
        };
        var parent = Parent();
        s_parentWatch = new Timer(_ => EndWithout(parent), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        s_registration = PosixSignalRegistration.Create((PosixSignal)CollectSignal, context =>
        {
            context.Cancel = true;
            for (var i = 0; i < 3; i++)
            {
                GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
            }

            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"PROBE heap={GC.GetTotalMemory(forceFullCollection: true)} unobserved={Volatile.Read(ref s_unobserved)}"));
        });
    }

    private static void EndWithout(string parent)
    {
        if (Parent() != parent)
        {
            Environment.FailFast("The tests are gone.");
        }
    }

    private static string Parent() => File.ReadLines("/proc/self/status").First(l => l.StartsWith("PPid:", StringComparison.Ordinal));
}
