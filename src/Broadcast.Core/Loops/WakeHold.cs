namespace Broadcast.Core;

/// <summary>
/// While it lasts, event loops that this thread gives work to are not woken; at its end each is woken once. Who has several publications
/// at hand so keeps the first from being sent alone, and the others after it: a wake-up may take the processor at once. Not across an await.
/// </summary>
internal readonly ref struct WakeHold
{
    [ThreadStatic]
    private static List<LoopThread>? t_held;

    [ThreadStatic]
    private static int t_depth;

    private readonly bool _hasBegun;

    private WakeHold(bool hasBegun) => _hasBegun = hasBegun;

    public static WakeHold Begin()
    {
        t_depth++;
        return new WakeHold(true);
    }

    /// <summary>Ends it; call it once, on the thread that began it.</summary>
    public void Dispose()
    {
        if (!_hasBegun || --t_depth > 0 || t_held is not { Count: > 0 } held)
        {
            return;
        }

        foreach (var loop in held)
        {
            loop.Wake();
        }

        held.Clear();
    }

    /// <returns>Whether the loop is woken later.</returns>
    internal static bool Takes(LoopThread loop)
    {
        if (t_depth == 0)
        {
            return false;
        }

        var held = t_held ??= [];
        if (!held.Contains(loop))
        {
            held.Add(loop);
        }

        return true;
    }
}
