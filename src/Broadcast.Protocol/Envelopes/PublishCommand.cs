namespace Broadcast.Protocol;

/// <summary>Publish to the socket's room. The publication owns its bytes and is within <see cref="PublicationLimits"/>.</summary>
/// <param name="IdempotencyKey">Within its room, the same key is stored once.</param>
internal sealed record PublishCommand(long? Id, Publication Publication, string? IdempotencyKey) : EnvelopeCommand(Id);
