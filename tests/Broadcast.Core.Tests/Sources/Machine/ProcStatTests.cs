namespace Broadcast.Core.Tests.Sources.Machine;

public sealed class ProcStatTests
{
    [Fact]
    public void Busy_is_all_but_idle_and_waiting_for_disks()
    {
        var stat = ProcStat.Parse(
            """
            cpu  5233 10 2679 142916 746 3 74 8 99 99
            cpu0 2131 10 1078 72342 234 3 9 2 99 0
            cpu1 3102 0 1600 70574 512 0 65 6 0 99
            intr 256805 0 0 0
            ctxt 646324
            """u8)!;

        Assert.Equal(new CpuTimes(CpuTimes.All, 8007, 143662), stat.Total);
        Assert.Equal([new CpuTimes(0, 3233, 72576), new CpuTimes(1, 4773, 71086)], stat.Cores);
    }

    [Fact]
    public void Four_columns_are_enough() =>
        Assert.Equal(new CpuTimes(CpuTimes.All, 6, 4), ProcStat.Parse("cpu 1 2 3 4\n"u8)!.Total);

    [Theory]
    [InlineData("")]
    [InlineData("cpu")]
    [InlineData("cpu 1 2 3\n")]
    [InlineData("cpu 1 2 x 4\n")]
    [InlineData("cpu0 1 2 3 4\n")]
    [InlineData("cpu -1 2 3 4\n")]
    [InlineData("cpu 99999999999999999999999 2 3 4\n")]
    [InlineData("\0\0\0")]
    public void Text_without_the_line_for_all_is_nothing(string text) =>
        Assert.Null(ProcStat.Parse(System.Text.Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_core_that_cannot_be_read_is_left_out() =>
        Assert.Equal([1], ProcStat.Parse("cpu 1 2 3 4\ncpu0 1 2\ncpux 1 2 3 4\ncpu-2 1 2 3 4\ncpu1 1 2 3 4\n"u8)!.Cores.Select(c => c.Cpu));

    [Theory]
    [InlineData(100, 100, 150, 150, 50)]
    [InlineData(100, 100, 200, 100, 100)]
    [InlineData(100, 100, 100, 100, 0)]
    [InlineData(100, 100, 90, 200, 0)]
    [InlineData(100, 100, 200, 90, 100)]
    [InlineData(100, 100, 0, 0, 0)]
    [InlineData(0, 0, ulong.MaxValue, ulong.MaxValue, 50)]
    public void The_percentage_stays_between_0_and_100_whatever_the_counters_do(
        ulong busy, ulong idle, ulong busyThen, ulong idleThen, double percent) =>
        Assert.Equal(percent, CpuTimes.BusyPercent(new CpuTimes(0, busy, idle), new CpuTimes(0, busyThen, idleThen)));

    [Fact]
    public void Cores_are_compared_by_their_number_when_some_come_and_go()
    {
        var before = new ProcStat(default, [new CpuTimes(0, 0, 0), new CpuTimes(1, 100, 100), new CpuTimes(2, 0, 0)]);
        var after = new ProcStat(default, [new CpuTimes(1, 125, 175), new CpuTimes(2, 10, 0), new CpuTimes(3, 1000, 1000)]);

        Assert.Equal([25, 100, 0], ProcStat.CoresBusyPercent(before, after));
    }
}
