namespace Broadcast.Core.Tests.Sources.Files;

public sealed class FileIdentityTests
{
    [Fact]
    public void It_is_the_mount_and_the_inode_of_what_the_kernel_writes() =>
        Assert.Equal(new FileIdentity(27, 11657350), FileIdentity.Parse("pos:\t0\nflags:\t0100000\nmnt_id:\t27\nino:\t11657350\n"));

    [Theory]
    [InlineData("")]
    [InlineData("pos:\t0\nflags:\t0100000\nmnt_id:\t27\n")]
    [InlineData("mnt_id:\nino:\n")]
    [InlineData("mnt_id:\t27\nino:\tabc\n")]
    public void It_is_unknown_where_the_kernel_does_not_say(string fdinfo) => Assert.Null(FileIdentity.Parse(fdinfo));

    [LinuxFact]
    public void Two_handles_of_a_file_are_the_same_and_those_of_two_files_are_not()
    {
        using var folder = new TemporaryFolder();
        using var one = File.OpenHandle(folder.At("a"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        using var same = File.OpenHandle(folder.At("a"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var other = File.OpenHandle(folder.At("b"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite);

        Assert.NotNull(FileIdentity.Of(one));
        Assert.Equal(FileIdentity.Of(one), FileIdentity.Of(same));
        Assert.NotEqual(FileIdentity.Of(one), FileIdentity.Of(other));
    }
}
