namespace Broadcast.Core;

/// <summary>
/// Says when one client after the other may be told to go: never more of them than the rate within any one second, and spread over it. The
/// first ones have each a random moment in the time of its batch, a tenth of a second; every later one follows the one that went as many
/// places before it as the rate says. Who is late, because the machine was busy, makes those after it late, and is not made up for. One caller.
/// </summary>
internal sealed class DrainPace
{
    private const int BatchesPerSecond = 10;

    /// <summary>A second, and a little: what is told later may reach its client sooner.</summary>
    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(1_050);

    /// <summary>When each of the next may go, in the order in which they go.</summary>
    private readonly TimeSpan[] _due;
    private int _next;

    /// <param name="rate">How many may go in a second.</param>
    /// <param name="start">When the first one may go.</param>
    public DrainPace(int rate, TimeSpan start, Random random)
    {
        var batch = Math.Max(1, rate / BatchesPerSecond);
        _due = new TimeSpan[rate];
        for (var i = 0; i < rate; i++)
        {
            var first = i - (i % batch);
            var place = first + (random.NextDouble() * Math.Min(batch, rate - first));
            _due[i] = start + TimeSpan.FromSeconds(place / rate);
        }

        Array.Sort(_due);

        // Nothing is gained by waiting before the first one.
        var early = _due[0] - start;
        for (var i = 0; i < rate; i++)
        {
            _due[i] -= early;
        }
    }

    /// <summary>When the next one may go.</summary>
    public TimeSpan Next => _due[_next];

    /// <returns>How many may go at that time, of so many who wait.</returns>
    public int Due(TimeSpan now, int waiting)
    {
        var count = 0;
        while (count < Math.Min(waiting, _due.Length) && _due[(_next + count) % _due.Length] <= now)
        {
            count++;
        }

        return count;
    }

    /// <summary>So many went, all of them before that time.</summary>
    public void Went(int count, TimeSpan now)
    {
        for (; count > 0; count--)
        {
            _due[_next] = now + s_window;
            _next = (_next + 1) % _due.Length;
        }
    }
}
