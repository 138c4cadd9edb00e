namespace Broadcast.Core;

/// <param name="Position">Of the publication, as text.</param>
/// <param name="Wait">How long members have to get to it.</param>
internal sealed record ReceiptRequest(string Room, string Position, TimeSpan Wait);

/// <summary>What a publication met on one node.</summary>
/// <param name="Users">Those it was written to; null if they are too many.</param>
/// <param name="Missing">Why there is nothing to say, in one sentence; else null.</param>
internal sealed record ReceiptAnswer(int Members, int Addressed, int Written, int Withheld, int UserCount, IReadOnlyList<string>? Users, string? Missing = null)
{
    public ReceiptCounts Counts => new(Members, Addressed, Written, Withheld, Members - Written - Withheld, UserCount);

    public static ReceiptAnswer No(string why) => new(0, 0, 0, 0, 0, null, why);
}
