using System.Diagnostics;

namespace Broadcast.SystemTests;

/// <summary>Waits for something to be so. Whether a test passes never depends on how soon; only a wait that is in vain takes long.</summary>
internal static class Until
{
    /// <summary>Far beyond what a loaded machine needs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static Task TrueAsync(Func<bool> condition, Func<string> otherwise) =>
        TrueAsync(() => Task.FromResult(condition()), otherwise);

    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> otherwise)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                throw new TimeoutException(otherwise());
            }

            await Task.Delay(20);
        }
    }

    public static async Task<T> DoneAsync<T>(Task<T> task, Func<string> otherwise)
    {
        try
        {
            return await task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(otherwise());
        }
    }
}
