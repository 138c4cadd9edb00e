namespace Broadcast.Core;

/// <summary>The runs a loop was asked for lately, the last one first. Their content never changes, so they are good for as long as they are kept.</summary>
internal sealed class Runs
{
    /// <summary>Enough for the formats of a room times the pieces of a long run; each keeps a buffer of at most 256 KiB.</summary>
    private readonly Run[] _runs = [.. Enumerable.Range(0, 8).Select(_ => new Run())];

    /// <returns>The run, valid until eight others were asked for; or null if its first entry has left the window.</returns>
    public Run? Get(Room room, WireFormat format, long from, long limit)
    {
        for (var i = 0; i < _runs.Length; i++)
        {
            if (_runs[i].Is(room, format, from, limit) && _runs[i].FrameCount > 0)
            {
                return ToFront(i);
            }
        }

        // The one that was not asked for longest: those that the send being put together has are newer.
        return _runs[^1].TryBuild(room, format, from, limit) ? ToFront(_runs.Length - 1) : null;
    }

    private Run ToFront(int index)
    {
        var run = _runs[index];
        _runs.AsSpan(0, index).CopyTo(_runs.AsSpan(1));
        _runs[0] = run;
        return run;
    }
}
