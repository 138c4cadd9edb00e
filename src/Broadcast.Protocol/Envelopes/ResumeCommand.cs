namespace Broadcast.Protocol;

/// <summary>Send again, from where it was paused.</summary>
internal sealed record ResumeCommand(long? Id) : EnvelopeCommand(Id);
