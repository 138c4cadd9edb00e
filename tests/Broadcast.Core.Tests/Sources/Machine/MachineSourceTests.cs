using System.Text.Json.Nodes;

namespace Broadcast.Core.Tests.Sources.Machine;

public sealed class MachineSourceTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly TemporaryFolder _proc = new();
    private readonly ManualTime _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => _proc.Dispose();

    [LinuxFact]
    [Trait("row", "S5.12")]
    public async Task One_publication_says_what_happened_since_the_one_before_and_leaves_no_handle_open()
    {
        Directory.CreateDirectory(_proc.At("net"));
        Directory.CreateDirectory(_proc.At("self"));
        Write("meminfo", "MemTotal: 1000 kB\nMemAvailable: 400 kB\n");
        Write("loadavg", "0.50 1.25 2.00 1/100 1\n");
        Write("uptime", "760.45 1429.16\n");
        Write("self/status", "Threads:\t17\n");
        Write("stat", "cpu 100 0 0 100\ncpu0 50 0 0 50\ncpu1 50 0 0 50\n");
        Write("net/dev", "lo: 10 0 0 0 0 0 0 0 10\neth0: 100 0 0 0 0 0 0 0 200\n");
        Write("diskstats", "8 0 sda 0 0 100 0 0 0 200 0\n");
        await using var items = Source(2 * Second).ReadAsync(default).GetAsyncEnumerator();
        var next = items.MoveNextAsync().AsTask();
        Write("stat", "cpu 125 0 0 175\ncpu0 75 0 0 75\ncpu1 50 0 0 100\n");
        Write("net/dev", "lo: 16 0 0 0 0 0 0 0 18\neth0: 1100 0 0 0 0 0 0 0 700\n");
        Write("diskstats", "8 0 sda 0 0 104 0 0 0 208 0\n");

        _time.Advance(2 * Second);

        Assert.True(await next);
        Assert.Equal((ContentKind.Json, "machine", null), (items.Current.Kind, items.Current.Event, items.Current.Key));
        var said = Json(items.Current);
        var process = said["process"]!.AsObject();
        said.Remove("process");
        Assert.Equal(
            """
            {"time":"2030-01-01T00:00:02Z","cpu":{"percent":25,"corePercents":[50,0]},
            "memory":{"totalBytes":1024000,"usedBytes":614400,"availableBytes":409600},
            "network":{"receivedBytesPerSecond":500,"sentBytesPerSecond":250},"loopback":{"receivedBytesPerSecond":3,"sentBytesPerSecond":4},
            "disk":{"readBytesPerSecond":1024,"writtenBytesPerSecond":2048},"load":{"oneMinute":0.5,"fiveMinutes":1.25,"fifteenMinutes":2},
            "uptimeSeconds":760.45}
            """.ReplaceLineEndings(""),
            said.ToJsonString());
        Assert.Equal(["cpuPercent", "residentBytes", "threads", "heapBytes", "gen2Collections"], process.Select(p => p.Key));
        Assert.Equal(17, (int)process["threads"]!);
        Assert.Equal(0, _proc.OpenHandles);
    }

    [Fact]
    public async Task What_the_system_does_not_offer_is_left_out()
    {
        await using var items = Source(Second).ReadAsync(default).GetAsyncEnumerator();
        var next = items.MoveNextAsync().AsTask();
        Write("stat", "cpu 100 0 0 100\n");
        _time.Advance(Second);
        Assert.True(await next);
        Assert.Equal(["time", "process"], Json(items.Current).Select(p => p.Key));

        next = items.MoveNextAsync().AsTask();
        Write("stat", "cpu 200 0 0 100\n");
        _time.Advance(Second);
        Assert.True(await next);
        Assert.Equal("""{"percent":100,"corePercents":[]}""", Json(items.Current)["cpu"]!.ToJsonString());
    }

    [Fact]
    public async Task Counters_that_start_again_say_0_and_not_less()
    {
        Directory.CreateDirectory(_proc.At("net"));
        Write("stat", "cpu 1000 0 0 1000\n");
        Write("net/dev", "eth0: 1000 0 0 0 0 0 0 0 1000\n");
        Write("diskstats", "8 0 sda 0 0 1000 0 0 0 1000 0\n");
        await using var items = Source(Second).ReadAsync(default).GetAsyncEnumerator();
        var next = items.MoveNextAsync().AsTask();
        Write("stat", "cpu 1 0 0 1\n");
        Write("net/dev", "eth0: 1 0 0 0 0 0 0 0 1\n");
        Write("diskstats", "8 0 sda 0 0 1 0 0 0 1 0\n");

        _time.Advance(Second);

        Assert.True(await next);
        var said = Json(items.Current);
        Assert.Equal(0, (double)said["cpu"]!["percent"]!);
        Assert.Equal("""{"receivedBytesPerSecond":0,"sentBytesPerSecond":0}""", said["network"]!.ToJsonString());
        Assert.Equal("""{"readBytesPerSecond":0,"writtenBytesPerSecond":0}""", said["disk"]!.ToJsonString());
    }

    [Fact]
    public async Task Publications_keep_to_the_schedule_however_long_each_took()
    {
        await using var items = Source(Second).ReadAsync(default).GetAsyncEnumerator();
        var times = new List<string>();
        foreach (var before in new[] { 0, 0.3, 0.6 })
        {
            _time.Advance(TimeSpan.FromSeconds(before));
            var next = items.MoveNextAsync().AsTask();
            _time.Advance(TimeSpan.FromSeconds(1 - before));
            Assert.True(await next);
            times.Add(Time(items.Current));
        }

        Assert.Equal(["00:00:01", "00:00:02", "00:00:03"], times);
    }

    [Fact]
    [Trait("row", "S5.3")]
    public async Task A_reader_that_is_too_slow_misses_publications_and_none_are_queued()
    {
        await using var items = Source(Second).ReadAsync(default).GetAsyncEnumerator();
        var next = items.MoveNextAsync().AsTask();
        _time.Advance(Second);
        Assert.True(await next);
        Assert.Equal("00:00:01", Time(items.Current));

        _time.Advance(4.9 * Second);
        Assert.True(await items.MoveNextAsync());
        Assert.Equal("00:00:05.9", Time(items.Current));

        next = items.MoveNextAsync().AsTask();
        _time.Advance(0.1 * Second);
        Assert.False(next.IsCompleted);
        _time.Advance(Second);
        Assert.True(await next);
        Assert.Equal("00:00:07", Time(items.Current));
    }

    [Fact]
    [Trait("row", "S5.12")]
    public async Task Its_timer_is_gone_when_the_reading_is_cancelled_or_disposed()
    {
        using var cancel = new CancellationTokenSource();
        await using (var cancelled = Source(Second).ReadAsync(cancel.Token).GetAsyncEnumerator())
        {
            var next = cancelled.MoveNextAsync().AsTask();
            Assert.Equal(1, _time.ArmedTimers);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
            Assert.Equal(0, _time.ArmedTimers);
        }

        await using (var disposed = Source(Second).ReadAsync(default).GetAsyncEnumerator())
        {
            var next = disposed.MoveNextAsync().AsTask();
            _time.Advance(Second);
            Assert.True(await next);
        }

        Assert.Equal(0, _time.ArmedTimers);
    }

    [LinuxFact]
    public async Task This_machine_says_every_part()
    {
        await using var items = new MachineSource(_time).ReadAsync(default).GetAsyncEnumerator();
        for (var round = 0; round < 3; round++)
        {
            var next = items.MoveNextAsync().AsTask();
            _time.Advance(Second);
            Assert.True(await next);
        }

        var said = Json(items.Current);
        foreach (var part in new[] { "time", "cpu", "memory", "load", "uptimeSeconds", "process" })
        {
            Assert.NotNull(said[part]);
        }

        Assert.InRange((double)said["cpu"]!["percent"]!, 0, 100);
        Assert.InRange((long)said["memory"]!["usedBytes"]!, 1, (long)said["memory"]!["totalBytes"]!);
        Assert.InRange((int)said["process"]!["threads"]!, 1, 100_000);
        Assert.True((long)said["process"]!["residentBytes"]! > 1_000_000);
    }

    [Fact]
    public void Its_allocation_per_reading_is_modest()
    {
        var proc = new ProcFolder("/proc");
        using var report = new MachineReport();
        var before = MachineReading.Take(proc, _time);
        report.Write(before, before, Second);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 10; round++)
        {
            report.Write(before, MachineReading.Take(proc, _time), Second);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - allocated) / 10, 0, 64 * 1024);
    }

    [Fact]
    public void An_interval_out_of_bounds_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Source(TimeSpan.FromMilliseconds(99)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Source(TimeSpan.FromHours(2)));
    }

    private static JsonObject Json(Publication publication) => JsonNode.Parse(publication.Data.Span)!.AsObject();

    private static string Time(Publication publication) => ((string)Json(publication)["time"]!)["2030-01-01T".Length..^1];

    private void Write(string name, string text) => File.WriteAllText(_proc.At(name), text);

    private MachineSource Source(TimeSpan interval) => new(_time, new MachineSourceOptions { Interval = interval }, _proc.Path);
}
