namespace Broadcast.Core;

/// <summary><c>/proc/meminfo</c>, in bytes; proc_meminfo(5).</summary>
internal sealed record ProcMemory(ulong TotalBytes, ulong AvailableBytes)
{
    /// <summary>What programs could not have if they asked for it; caches that the kernel would give back are not in it.</summary>
    public ulong UsedBytes => Counter.Rise(AvailableBytes, TotalBytes);

    /// <returns>Null if one of the two figures is missing.</returns>
    public static ProcMemory? Parse(ReadOnlySpan<byte> text)
    {
        (ulong? total, ulong? available) = (null, null);
        var lines = new ProcText(text);
        while ((total is null || available is null) && lines.TryLine(out var line))
        {
            if (!line.TryWord(out var name) || !line.TryNumber(out var kibibytes) || kibibytes > ulong.MaxValue / 1024)
            {
                continue;
            }

            if (name.SequenceEqual("MemTotal:"u8))
            {
                total = kibibytes * 1024;
            }
            else if (name.SequenceEqual("MemAvailable:"u8))
            {
                available = kibibytes * 1024;
            }
        }

        return total is { } t && available is { } a ? new ProcMemory(t, a) : null;
    }
}
