using System.Collections.Concurrent;

namespace Broadcast.Example;

/// <summary>What leaves at a pace, however fast it comes.</summary>
internal static class TickerHandlers
{
    public static void MapTicker(this IEndpointRouteBuilder app)
    {
        var muted = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var ticker = app.Broadcasts("ticker", o =>
        {
            o.MaxPerSecond = 5;
            o.MaxWaiting = 8;
        });
        app.On("tick", (Tick tick, IBroadcaster broadcaster, TimeProvider time) =>
        {
            var result = ticker.Enqueue(
                async (item, cancellation) => await broadcaster.PublishAsync(
                    "ticker", new { tick.Text, At = time.GetUtcNow().ToUnixTimeMilliseconds(), EnqueuedAt = item.EnqueuedAt.ToUnixTimeMilliseconds() }, cancellation),
                filter: _ => tick.Text == "fails" ? throw new InvalidOperationException("The filter fails.") : !muted.ContainsKey(tick.Text));
            return new Fragment("#status", $"{result}");
        });
        app.On("mute", (Tick tick) => { muted[tick.Text] = true; });
    }

    private sealed record Tick(string Text);
}
