namespace Broadcast.Protocol;

/// <summary>What a bare socket, which cannot be shown a notice, is closed with (<see cref="Disconnect.NoticeCode"/>).</summary>
internal static class NoticeText
{
    /// <returns>The reason, which a close frame may cut; null for notices that a bare socket goes on without.</returns>
    public static string? Reason(Notice notice) => notice switch
    {
        Gap gap => $"gap {gap.From} to {gap.To}: {gap.Reason}",
        SourceStopped { Reason: null } source => $"source {source.Source} ended",
        SourceStopped source => $"source {source.Source} failed: {source.Reason}",
        _ => null,
    };
}
