namespace Broadcast.Core.Tests.Backplanes;

internal sealed class LocalBackplaneUnderTest : BackplaneUnderTest
{
    public override ManualTime Time { get; } = new();

    /// <summary>Its histories are gone with the process.</summary>
    public override bool SurvivesRestart => false;

    public LocalBackplaneOptions Options { get; } = new();

    public override ValueTask<IBackplane> CreateAsync() => ValueTask.FromResult<IBackplane>(new LocalBackplane(Options, _ => Rule, Time));

    public override ValueTask<IBackplane> ReopenAsync(bool keepData) => CreateAsync();
}
