namespace Broadcast.Core;

/// <summary>How long feeds wait before they try again.</summary>
internal static class FeedWaits
{
    /// <summary>The first wait after a room did not accept an item; see <see cref="AfterRetry"/>.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);

    public static TimeSpan AfterRetry(TimeSpan wait) => Shorter(wait * 2, LastRetry);

    /// <param name="attempt">Which restart in a row comes next, from 1.</param>
    public static TimeSpan BeforeRestart(SourceOptions options, int attempt) =>
        Jittered(Shorter(options.FirstRestart * Math.Pow(2, Math.Min(attempt - 1, 30)), options.LastRestart));

    public static TimeSpan Jittered(TimeSpan longest) => longest * (1 - (Random.Shared.NextDouble() / 2));

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
