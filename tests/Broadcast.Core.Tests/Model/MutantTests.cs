namespace Broadcast.Core.Tests.Model;

/// <summary>The model is worth what it finds: five bugs of the kinds that matter most here, each found, and nothing found without them.</summary>
public sealed class MutantTests(MutatedCore mutated, Xunit.Abstractions.ITestOutputHelper output) : IClassFixture<MutatedCore>
{
    public static TheoryData<string> Names => new(Mutant.All.Select(m => m.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void The_model_finds(string name)
    {
        var found = mutated.Check(Array.Find(Mutant.All, m => m.Name == name), BroadcastModel.Programs);

        Assert.True(found is not null, $"The model did not find '{name}'.");
        output.WriteLine(found[found.IndexOf("Shrunk", StringComparison.Ordinal)..]);
        output.WriteLine(found[..found.IndexOf('\n', StringComparison.Ordinal)]);
    }

    [Fact]
    public void The_model_finds_nothing_in_the_same_copy_without_a_mutant() => Assert.Null(mutated.Check(null, BroadcastModel.Programs / 4));
}
