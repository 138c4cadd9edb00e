using System.Buffers;
using System.Text.Json;

namespace Broadcast.Core;

/// <summary>Writes what lies between two readings as JSON, in the shape that <see cref="MachineSource"/> describes. Touched by one source.</summary>
internal sealed class MachineReport : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;

    public MachineReport() => _json = new Utf8JsonWriter(_buffer);

    public byte[] Write(MachineReading before, MachineReading after, TimeSpan elapsed)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("time"u8, after.Time.UtcDateTime);
        WriteCpu(before.Stat, after.Stat);
        WriteMemory(after.Memory);
        WriteTraffic("network"u8, "receivedBytesPerSecond"u8, "sentBytesPerSecond"u8, before.Net?.Interfaces, after.Net?.Interfaces, elapsed);
        WriteTraffic("loopback"u8, "receivedBytesPerSecond"u8, "sentBytesPerSecond"u8, before.Net?.Loopback, after.Net?.Loopback, elapsed);
        WriteTraffic("disk"u8, "readBytesPerSecond"u8, "writtenBytesPerSecond"u8, before.Disks?.Disks, after.Disks?.Disks, elapsed);
        WriteLoad(after.Load);
        if (after.UptimeSeconds is { } uptime)
        {
            _json.WriteNumber("uptimeSeconds"u8, Math.Round(uptime, 2));
        }

        WriteProcess(before, after, elapsed);
        _json.WriteEndObject();
        _json.Flush();
        return _buffer.WrittenSpan.ToArray();
    }

    public void Dispose() => _json.Dispose();

    private static double Rounded(double percent) => Math.Round(percent, 1);

    private void WriteCpu(ProcStat? before, ProcStat? after)
    {
        if (before is null || after is null)
        {
            return;
        }

        _json.WriteStartObject("cpu"u8);
        _json.WriteNumber("percent"u8, Rounded(CpuTimes.BusyPercent(before.Total, after.Total)));
        _json.WriteStartArray("corePercents"u8);
        foreach (var percent in ProcStat.CoresBusyPercent(before, after))
        {
            _json.WriteNumberValue(Rounded(percent));
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    private void WriteMemory(ProcMemory? memory)
    {
        if (memory is null)
        {
            return;
        }

        _json.WriteStartObject("memory"u8);
        _json.WriteNumber("totalBytes"u8, memory.TotalBytes);
        _json.WriteNumber("usedBytes"u8, memory.UsedBytes);
        _json.WriteNumber("availableBytes"u8, memory.AvailableBytes);
        _json.WriteEndObject();
    }

    private void WriteTraffic(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> received,
        ReadOnlySpan<byte> sent,
        IReadOnlyList<Traffic>? before,
        IReadOnlyList<Traffic>? after,
        TimeSpan elapsed)
    {
        if (before is null || after is null or { Count: 0 })
        {
            return;
        }

        var rise = Traffic.Rise(before, after);
        _json.WriteStartObject(name);
        _json.WriteNumber(received, Counter.PerSecond(rise.In, elapsed));
        _json.WriteNumber(sent, Counter.PerSecond(rise.Out, elapsed));
        _json.WriteEndObject();
    }

    private void WriteLoad(ProcLoad? load)
    {
        if (load is null)
        {
            return;
        }

        _json.WriteStartObject("load"u8);
        _json.WriteNumber("oneMinute"u8, load.One);
        _json.WriteNumber("fiveMinutes"u8, load.Five);
        _json.WriteNumber("fifteenMinutes"u8, load.Fifteen);
        _json.WriteEndObject();
    }

    private void WriteProcess(MachineReading before, MachineReading after, TimeSpan elapsed)
    {
        _json.WriteStartObject("process"u8);
        _json.WriteNumber("cpuPercent"u8, Rounded(100 * Math.Max(0, (after.ProcessCpu - before.ProcessCpu) / elapsed)));
        _json.WriteNumber("residentBytes"u8, after.ResidentBytes);
        if (after.Threads is { } threads)
        {
            _json.WriteNumber("threads"u8, threads);
        }

        _json.WriteNumber("heapBytes"u8, after.HeapBytes);
        _json.WriteNumber("gen2Collections"u8, after.Gen2Collections);
        _json.WriteEndObject();
    }
}
