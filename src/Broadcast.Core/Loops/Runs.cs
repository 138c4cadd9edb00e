namespace Broadcast.Core;

/// <summary>The runs a loop was asked for lately, the last one first. Their content never changes, so they are good for as long as they are kept.</summary>
internal sealed class Runs
{
    /// <summary>Enough for the formats of a room times the pieces of a long run; each keeps a buffer of at most 256 KiB.</summary>
    private readonly Run[] _runs = New(8);

    /// <summary>Of rooms with views, whose members take turns in all of them.</summary>
    private Run[]? _ofViews;

    /// <returns>
    /// The run, valid until eight others were asked for; or null if its first entry has left the window, or the view does not show it yet.
    /// </returns>
    public Run? Get(Room room, WireFormat format, View? view, long from, long limit)
    {
        var runs = view is null ? _runs : _ofViews ??= New(32);
        for (var i = 0; i < runs.Length; i++)
        {
            if (runs[i].Is(room, format, view, from, limit) && runs[i].FrameCount > 0)
            {
                return ToFront(runs, i);
            }
        }

        // The one that was not asked for longest: those that the send being put together has are newer.
        return runs[^1].TryBuild(room, format, view, from, limit) ? ToFront(runs, runs.Length - 1) : null;
    }

    private static Run[] New(int count) => [.. Enumerable.Range(0, count).Select(_ => new Run())];

    private static Run ToFront(Run[] runs, int index)
    {
        var run = runs[index];
        runs.AsSpan(0, index).CopyTo(runs.AsSpan(1));
        runs[0] = run;
        return run;
    }
}
