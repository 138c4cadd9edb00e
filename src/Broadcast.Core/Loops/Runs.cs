namespace Broadcast.Core;

/// <summary>The runs a loop has put together lately. Their content never changes, so they are good for as long as they are kept.</summary>
internal sealed class Runs
{
    /// <summary>Enough for the formats of a room times the pieces of a long run; each keeps a buffer of at most 256 KiB.</summary>
    private readonly Run[] _runs = [.. Enumerable.Range(0, 8).Select(_ => new Run())];

    private int _next;

    /// <returns>The run, valid until eight others were asked for; or null if its first entry has left the window.</returns>
    public Run? Get(Room room, WireFormat format, long from, long limit)
    {
        foreach (var run in _runs)
        {
            if (run.Is(room, format, from, limit) && run.FrameCount > 0)
            {
                return run;
            }
        }

        var built = _runs[_next++ & 7];
        return built.TryBuild(room, format, from, limit) ? built : null;
    }
}
