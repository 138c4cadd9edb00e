using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>Stops what runs an application's functions: they may throw when they are cancelled, or not end, and neither must hold up the node.</summary>
internal static class PaceStop
{
    /// <param name="stop">Cancels what runs.</param>
    /// <param name="name">Of the broadcaster or push, for the log.</param>
    /// <returns>False if it did not end in time, and was left to itself.</returns>
    public static async Task<bool> TryEndAsync(CancellationTokenSource stop, Task running, TimeSpan timeout, TimeProvider time, ILogger logger, string name)
    {
        try
        {
            await Task.WhenAll(CancelAsync(stop, logger, name), running).WaitAsync(timeout, time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Never fails.</summary>
    public static async Task CancelAsync(CancellationTokenSource stop, ILogger logger, string name)
    {
        try
        {
            await stop.CancelAsync();
        }
        catch (Exception e)
        {
            // What a function registered for its cancellation is its own code.
            PaceLog.CancellingFailed(logger, name, e);
        }
    }
}
