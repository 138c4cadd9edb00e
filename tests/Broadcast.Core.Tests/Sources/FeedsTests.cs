using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Core.Tests.Sources;

public sealed class FeedsTests : FeedsContract
{
    private protected override IFeedEngine? Engine => null;

    [Fact]
    public async Task Options_that_make_no_sense_are_refused_with_a_sentence()
    {
        await using var rig = NewRig();
        SourceOptions[] bad =
        [
            new() { FirstRestart = TimeSpan.Zero },
            new() { LastRestart = TimeSpan.FromMilliseconds(500) },
            new() { MaxRestarts = -1 },
            new() { StopTimeout = Timeout.InfiniteTimeSpan },
            new() { MaxSources = 0 },
        ];

        Assert.All(bad, options => Assert.Throws<ValidationException>(() => new Feeds(rig.Hub, options, NullLogger<Feeds>.Instance)));
    }
}
