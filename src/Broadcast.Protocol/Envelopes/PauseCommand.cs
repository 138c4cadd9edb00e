namespace Broadcast.Protocol;

/// <summary>Send nothing until resumed.</summary>
public sealed record PauseCommand(long? Id) : EnvelopeCommand(Id);
