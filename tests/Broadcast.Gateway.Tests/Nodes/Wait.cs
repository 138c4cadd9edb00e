namespace Broadcast.Gateway.Tests;

/// <summary>Tests wait for what they expect; the limit only says when to give up.</summary>
internal static class Wait
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var deadline = DateTime.UtcNow + Patience; !condition();)
        {
            Assert.True(DateTime.UtcNow < deadline, $"Waited in vain: {what}");
            await Task.Delay(5);
        }
    }

    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        for (var deadline = DateTime.UtcNow + Patience; !await condition();)
        {
            Assert.True(DateTime.UtcNow < deadline, $"Waited in vain: {what}");
            await Task.Delay(5);
        }
    }
}
