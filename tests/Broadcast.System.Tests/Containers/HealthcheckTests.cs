using System.Diagnostics;
using System.Globalization;

namespace Broadcast.SystemTests;

/// <summary>docker/healthcheck, as the image runs it.</summary>
public sealed class HealthcheckTests
{
    [SystemFact]
    public async Task A_node_that_answers_is_healthy_and_one_that_is_gone_is_not()
    {
        await using var node = await ServerNode.StartAsync();

        Assert.Equal(0, await CheckAsync(node.Port));
        await node.KillAsync();
        Assert.Equal(1, await CheckAsync(node.Port));
    }

    [SystemFact]
    public async Task What_answers_otherwise_or_not_at_all_is_not_healthy()
    {
        await using var wrong = new FakeNode("503 Service Unavailable");
        await using var silent = new FakeNode(null);

        Assert.Equal(1, await CheckAsync(wrong.Port));
        Assert.Equal(1, await CheckAsync(silent.Port));
        Assert.All(wrong.Requests, r => Assert.StartsWith("GET /health/live HTTP/1.1\r\nHost: localhost\r\n", r, StringComparison.Ordinal));
    }

    private static async Task<int> CheckAsync(int port)
    {
        using var check = Process.Start(new ProcessStartInfo("bash", [Nginx.FileOf("healthcheck"), port.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(Until.Patience);
        await check.StandardError.ReadToEndAsync(patience.Token);
        await check.WaitForExitAsync(patience.Token);
        return check.ExitCode;
    }
}
