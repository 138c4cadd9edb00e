using System.Diagnostics;

namespace Broadcast.Testing;

public static class ReachableBackplane
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Returns when a backplane that was started can be reached: on a busy machine its first attempt may have come to nothing, and a node begins without. Fails
    /// after two minutes.
    /// </summary>
    public static async Task ReachedAsync(this IBackplane backplane)
    {
        for (var began = Stopwatch.GetTimestamp(); !backplane.IsReachable; await Task.Delay(20))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, "Waited in vain: the backplane can be reached");
        }
    }
}
