namespace Broadcast.Protocol;

/// <summary>Send again, from where it was paused.</summary>
public sealed record ResumeCommand(long? Id) : EnvelopeCommand(Id);
