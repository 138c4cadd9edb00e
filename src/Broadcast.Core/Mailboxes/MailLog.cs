using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>What operators read of mailboxes. Each line says what to look at.</summary>
internal static partial class MailLog
{
    [LoggerMessage(90, LogLevel.Warning, "Mailboxes cannot be looked into now: {Reason} What waits in them stays there, and is tried again every {Seconds} s.")]
    public static partial void NotRead(ILogger logger, string reason, double seconds);

    [LoggerMessage(91, LogLevel.Information, "Mailboxes can be looked into again.")]
    public static partial void ReadAgain(ILogger logger);

    [LoggerMessage(92, LogLevel.Error, "Handing a mailbox over met an unexpected fault; what was not handed over stays in it.")]
    public static partial void Fault(ILogger logger, Exception exception);
}
