namespace Broadcast.Core;

/// <summary>A part of a message, and whom it is meant for; each client is told the parts that mean it in one message.</summary>
/// <param name="Json">One JSON value; not checked again.</param>
public sealed record AudiencePart(Audience Audience, ReadOnlyMemory<byte> Json);
