namespace Broadcast.Protocol;

/// <summary>Send nothing until resumed.</summary>
internal sealed record PauseCommand(long? Id) : EnvelopeCommand(Id);
