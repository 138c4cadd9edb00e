namespace Broadcast.Core;

/// <summary>Which part of a room's history is wanted.</summary>
/// <param name="Since">Exclusive. Null: from the oldest kept, or in reverse from the newest.</param>
/// <param name="Limit">At most so many publications; 0 asks for the position only. Negative: <see cref="MaxLimit"/>.</param>
/// <param name="Reverse">Newest first, going back from before <paramref name="Since"/>.</param>
public readonly record struct HistoryQuery(StreamPosition? Since, int Limit, bool Reverse = false)
{
    /// <summary>The most publications one read returns.</summary>
    public const int MaxLimit = 1_000;

    public static readonly HistoryQuery PositionOnly = new(null, 0);

    public int EffectiveLimit => Limit < 0 ? MaxLimit : Math.Min(Limit, MaxLimit);
}
