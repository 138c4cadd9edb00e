namespace Broadcast.SystemTests;

/// <summary>What a node holds at one moment, after all garbage was collected.</summary>
internal sealed record Footprint(long HeapBytes, long ResidentBytes, int Descriptors, int Unobserved);
