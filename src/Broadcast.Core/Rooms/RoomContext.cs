using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>What all rooms of a node share.</summary>
internal sealed record RoomContext(
    IBackplane Backplane, MemoryBudget Budget, TimeProvider Time, Metrics Metrics, ILogger Logger, Action Evict, EventLoops Loops, CancellationToken Stopping)
{
    public required Audiences Audiences { get; init; }

    public required Views Views { get; init; }

    public required int MaxReceipts { get; init; }
}
