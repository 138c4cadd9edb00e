using System.Text;

namespace Broadcast.Core.Tests.Sources.Machine;

public sealed class ProcFilesTests
{
    [Fact]
    public void Memory_is_in_bytes_and_what_caches_hold_is_not_used()
    {
        var memory = ProcMemory.Parse("MemTotal:       24684092 kB\nMemFree:        24030660 kB\nMemAvailable:   24163532 kB\nCached: 1 kB\n"u8)!;

        Assert.Equal((25276510208, 24743456768, 533053440), ((long)memory.TotalBytes, (long)memory.AvailableBytes, (long)memory.UsedBytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("MemTotal: 1 kB\n")]
    [InlineData("MemTotal: x kB\nMemAvailable: 1 kB\n")]
    [InlineData("MemTotal: 18446744073709551615 kB\nMemAvailable: 1 kB\n")]
    public void Memory_without_both_figures_is_nothing(string text) => Assert.Null(ProcMemory.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void More_memory_available_than_there_is_does_not_make_the_used_negative() => Assert.Equal(0UL, new ProcMemory(1, 2).UsedBytes);

    [Fact]
    public void Loopback_is_told_from_other_interfaces()
    {
        var net = ProcNet.Parse(
            """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
              ifb0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
              eth0:204835727    4254    0    0    0     0          0         0   205406    2530    0    0    0     0       0          0
              bad0: 1 2 3
            """u8)!;

        Assert.Equal([new Traffic("lo", 3193, 3193)], net.Loopback);
        Assert.Equal([new Traffic("ifb0", 0, 0), new Traffic("eth0", 204835727, 205406)], net.Interfaces);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Inter-| Receive\n face |bytes\n")]
    [InlineData(":::\n : \n")]
    public void A_list_of_no_interface_is_nothing(string text) => Assert.Null(ProcNet.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Disks_are_whole_and_made_of_something()
    {
        var disks = ProcDisks.Parse(
            """
               7       0 loop0 1 1 1 1 1 1 1 1 0 0 0
               1       0 ram0 1 1 1 1 1 1 1 1 0 0 0
             253       0 zram0 1 1 1 1 1 1 1 1 0 0 0
             254       0 vda 68989 24834 3404394 13248 20938 16244 2262536 4702 0 10172 18522 7766 47 580984 475 2892 95
             254       1 vda1 68989 24834 3404394 13248 20938 16244 2262536 4702 0 10172 18522
               8       0 sda 1 1 10 1 1 1 20 1 0 0 0
               8       1 sda1 1 1 10 1 1 1 20 1 0 0 0
               8      15 sda15 1 1 10 1 1 1 20 1 0 0 0
              65     160 sdaa 1 1 30 1 1 1 40 1 0 0 0
             259       0 nvme0n1 1 1 50 1 1 1 60 1 0 0 0
             259       1 nvme0n1p1 1 1 50 1 1 1 60 1 0 0 0
             259       2 nvme0n123 1 1 70 1 1 1 80 1 0 0 0
             202       1 xvda1 1 1 90 1 1 1 100 1 0 0 0
             252       0 dm-0 1 1 1 1 1 1 1 1 0 0 0
               9     127 md127 1 1 1 1 1 1 1 1 0 0 0
               8      16 sdb 1 1
            """u8)!;

        Assert.Equal(
            [
                new Traffic("vda", 3404394UL * 512, 2262536UL * 512), new Traffic("sda", 5120, 10240), new Traffic("sdaa", 15360, 20480),
                new Traffic("nvme0n1", 25600, 30720), new Traffic("nvme0n123", 35840, 40960), new Traffic("xvda1", 46080, 51200),
            ],
            disks.Disks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("8 0 sda\n")]
    [InlineData("a b c d e f g h i j\n")]
    public void A_list_of_no_device_is_nothing(string text) => Assert.Null(ProcDisks.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Traffic_is_summed_per_device_and_never_negative()
    {
        Traffic[] before = [new("eth0", 1000, 1000), new("gone", 9999, 9999), new("reset", 5000, 100)];
        Traffic[] after = [new("eth0", 1500, 1001), new("reset", 10, 150), new("new", 7777, 7777)];

        Assert.Equal((500UL, 51UL), Traffic.Rise(before, after));
    }

    [Fact]
    public void Rates_are_per_second_of_the_time_that_passed()
    {
        Assert.Equal(400, Counter.PerSecond(1000, TimeSpan.FromSeconds(2.5)));
        Assert.Equal(0, Counter.PerSecond(1000, TimeSpan.Zero));
        Assert.True(Counter.PerSecond(ulong.MaxValue, TimeSpan.FromMilliseconds(1)) > 0);
    }

    [Fact]
    public void Load_and_uptime_and_threads_are_read()
    {
        Assert.Equal(new ProcLoad(0.02, 0.13, 12), ProcLoad.Parse("0.02 0.13 12.00 6/134 5935\n"u8));
        Assert.Equal(760.45, ProcUptime.Parse("760.45 1429.16\n"u8));
        Assert.Equal(17UL, ProcStatus.Threads("Name:\tdotnet\nThreads:\t17\nSigQ:\t0/96\n"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("nan inf 1")]
    [InlineData("NaN Infinity 1")]
    [InlineData("1.0 2.0")]
    [InlineData("Threads:\n")]
    public void Load_uptime_and_threads_that_are_not_there_are_nothing(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);

        Assert.Null(ProcLoad.Parse(bytes));
        Assert.Null(ProcStatus.Threads(bytes));
        Assert.Equal(text == "1.0 2.0" ? 1.0 : null, ProcUptime.Parse(bytes));
    }

    [Fact]
    public void A_file_longer_than_the_buffer_is_read_whole_and_a_missing_one_is_empty()
    {
        using var folder = new TemporaryFolder();
        var proc = new ProcFolder(folder.Path);
        var text = new string('x', 100_000);
        File.WriteAllText(folder.At("long"), text);

        Assert.Equal(text, Encoding.UTF8.GetString(proc.Read("long")));
        Assert.True(proc.Read("missing").IsEmpty);
        Assert.True(proc.Read("missing/too").IsEmpty);
    }
}
