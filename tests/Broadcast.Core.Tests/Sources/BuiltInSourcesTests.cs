namespace Broadcast.Core.Tests.Sources;

public sealed class BuiltInSourcesTests
{
    private readonly ManualTime _time = new();

    [Fact]
    [Trait("row", "S5.13")]
    public void Every_kind_can_be_made()
    {
        Assert.Equal("machine", Assert.IsType<MachineSource>(BuiltInSources.Create("machine", null, _time)).Name);
        Assert.Equal("machine", Assert.IsType<MachineSource>(BuiltInSources.Create("machine", "0.5", _time)).Name);
        Assert.Equal($"file {Path.GetFullPath("a:b.csv")}", Assert.IsType<FileSource>(BuiltInSources.Create("file", "a:b.csv", _time)).Name);
        Assert.Equal("stdin", Assert.IsType<StdinSource>(BuiltInSources.Create("stdin", null, _time)).Name);
    }

    [LinuxFact]
    public async Task The_argument_of_machine_is_its_interval_in_seconds()
    {
        await using var items = BuiltInSources.Create("machine", "2.5", _time).ReadAsync(default).GetAsyncEnumerator();
        var next = items.MoveNextAsync().AsTask();

        _time.Advance(TimeSpan.FromSeconds(2.4));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.True(await next);
    }

    [Theory]
    [InlineData("clock", null, "there is no such kind")]
    [InlineData("", null, "there is no such kind")]
    [InlineData("Machine", "1", "there is no such kind")]
    [InlineData("file", null, "it needs the path of a file")]
    [InlineData("file", "", "it needs the path of a file")]
    [InlineData("stdin", "x", "standard input takes no argument")]
    [InlineData("machine", "soon", "the seconds are a number from 0.1 to 3600")]
    public void What_cannot_be_is_refused_with_one_sentence_that_says_what_can(string kind, string? argument, string why) =>
        Assert.Equal(
            $"The source '{kind}{(argument is null ? "" : ":")}{argument}' cannot be: {why}; "
                + "a source is machine, machine:SECONDS, file:PATH or stdin.",
            Assert.Throws<ArgumentException>(() => BuiltInSources.Create(kind, argument, _time)).Message);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0.09")]
    [InlineData("-1")]
    [InlineData("3601")]
    [InlineData("1e999")]
    [InlineData("NaN")]
    [InlineData("1,5")]
    [InlineData("99999999999999999999999999999999999999")]
    public void An_interval_out_of_bounds_is_refused(string seconds) =>
        Assert.Throws<ArgumentException>(() => BuiltInSources.Create("machine", seconds, _time));
}
