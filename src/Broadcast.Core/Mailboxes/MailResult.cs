namespace Broadcast.Core;

/// <summary>What became of a message to a user who may not be there.</summary>
/// <param name="Connections">How many connections got it at once.</param>
/// <param name="Reason">One sentence for the sender; only if it was neither sent nor kept.</param>
public sealed record MailResult(MailOutcome Outcome, int Connections, string? Reason);
