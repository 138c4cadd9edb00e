namespace Broadcast.Core;

/// <summary>What became of the clients of a node that stopped.</summary>
/// <param name="Moved">Clients that were told to go, each in its turn, or reset because they did not read.</param>
/// <param name="Reset">How many of these were reset.</param>
/// <param name="Cut">Clients that were still there at the deadline; they were told all at once, and reset.</param>
/// <param name="Took">How long it took.</param>
internal sealed record DrainResult(int Moved, int Reset, int Cut, TimeSpan Took)
{
    /// <summary>Whether every client had its turn.</summary>
    public bool IsDone => Cut == 0;
}
