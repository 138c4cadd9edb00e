namespace Broadcast.Core;

/// <summary>An item with what is done when its turn has come.</summary>
/// <param name="Cost">What it is counted with against the bound in bytes.</param>
/// <param name="Filter">Whether it is still to be sent; null if it is in any case.</param>
/// <param name="SendAsync">Returns null if it was sent, else why not.</param>
internal sealed record PacedSend(
    PacedItem Item, int Cost, Func<PacedItem, bool>? Filter, Func<PacedItem, CancellationToken, ValueTask<string?>> SendAsync);
