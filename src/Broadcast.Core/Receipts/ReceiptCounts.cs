namespace Broadcast.Core;

/// <summary>What became of a publication among the members its room had when it was put on the log: on one node, or on all together.</summary>
/// <param name="Members">Connections that were in the room then: always <paramref name="Written"/>, <paramref name="Withheld"/> and <paramref name="LeftBehind"/> together.</param>
/// <param name="Addressed">Connections among them that it was meant for; all, unless it was for an audience. Whom it has not got to yet is taken for one of them.</param>
/// <param name="Written">Connections whose transport took it; of one that took only a part, the rest is on its way.</param>
/// <param name="Withheld">Connections that are not to see it, and passed over it.</param>
/// <param name="LeftBehind">Connections that left before it was their turn, were taken past it by the room's rule, or have not got to it yet: paused ones, and those that do not read.</param>
/// <param name="Users">Different users it was written to; the anonymous are none.</param>
public sealed record ReceiptCounts(int Members, int Addressed, int Written, int Withheld, int LeftBehind, int Users)
{
    internal static readonly ReceiptCounts Nobody = new(0, 0, 0, 0, 0, 0);
}
