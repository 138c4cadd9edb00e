namespace Broadcast.Core.Tests.Model;

/// <summary>A change of one place in the core's sources.</summary>
/// <param name="File">Below src/Broadcast.Core.</param>
/// <param name="Text">There exactly once.</param>
/// <param name="Instead">In it <c>MUTATED</c> says whether the mutant is switched on.</param>
public sealed record Mutation(string File, string Text, string Instead)
{
    public void ApplyTo(string core, string isSwitchedOn)
    {
        var path = Path.Combine(core, File);
        var source = System.IO.File.ReadAllText(path);
        var places = source.Split(Text).Length - 1;
        Assert.True(places == 1, $"A mutant needs '{Text}' once in {File}, and it is there {places} times. Give the mutant its new place.");
        var instead = Instead.Replace("MUTATED", isSwitchedOn, StringComparison.Ordinal);
        System.IO.File.WriteAllText(path, source.Replace(Text, instead, StringComparison.Ordinal));
    }
}
