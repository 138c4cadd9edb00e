using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Redis.Tests;

/// <summary>Each test has a server of its own, and goes through the real one.</summary>
internal sealed class RedisBackplaneUnderTest : BackplaneUnderTest
{
    private RedisServer? _server;

    public override bool SpansNodes => true;

    public override bool TrimsExactly => false;

    public override int Rounds => 20;

    /// <summary>A busy machine takes its time to answer, too.</summary>
    public RedisOptions Options { get; } = new() { Settle = TimeSpan.Zero, Timeout = TimeSpan.FromMinutes(1) };

    public override async ValueTask<IBackplane> CreateAsync()
    {
        if (_server is null)
        {
            _server = await RedisServer.StartAsync();
            Options.Servers = [_server.Address];
        }

        return new RedisBackplane(Options, _ => Rule, NullLogger<RedisBackplane>.Instance);
    }

    public override async ValueTask<IBackplane> ReopenAsync(bool keepData)
    {
        if (!keepData)
        {
            await _server!.AskAsync("FLUSHALL");
        }

        return await CreateAsync();
    }

    public override ValueTask<IBackplane> JoinAsync() => CreateAsync();

    public override async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await base.DisposeAsync();
    }
}
