using System.Text;

namespace Broadcast.Core;

/// <summary>
/// <c>/proc/diskstats</c>: what the disks moved, proc_diskstats(5). Whole disks only: what a partition, a mapped volume or a RAID moves
/// is counted at the disks below it, and a loop device or a disk in memory is no disk.
/// </summary>
internal sealed record ProcDisks(IReadOnlyList<Traffic> Disks)
{
    /// <summary>Of the kernel's interface, whatever the disk's own sectors are.</summary>
    private const ulong SectorBytes = 512;

    private static readonly string[] NotDisks = ["loop", "ram", "zram", "dm-", "md", "drbd", "bcache", "zd"];

    /// <returns>Null if the text names no device; one that names no disk gives an empty list.</returns>
    public static ProcDisks? Parse(ReadOnlySpan<byte> text)
    {
        var devices = new List<Traffic>();
        var lines = new ProcText(text);
        while (lines.TryLine(out var line))
        {
            if (line.TrySkip(2) && line.TryWord(out var name)
                && line.TrySkip(2) && line.TryNumber(out var read)
                && line.TrySkip(3) && line.TryNumber(out var written))
            {
                devices.Add(new Traffic(Encoding.UTF8.GetString(name), unchecked(read * SectorBytes), unchecked(written * SectorBytes)));
            }
        }

        return devices.Count == 0 ? null : new ProcDisks(devices.FindAll(d => IsDisk(d.Device, devices)));
    }

    private static bool IsDisk(string name, List<Traffic> devices) =>
        !NotDisks.Any(n => name.StartsWith(n, StringComparison.Ordinal)) && !devices.Exists(d => IsPartition(name, d.Device));

    /// <summary>The kernel calls a partition of <c>sda</c> <c>sda1</c>, and one of <c>nvme0n1</c>, which ends with a digit, <c>nvme0n1p1</c>.</summary>
    private static bool IsPartition(string name, string disk)
    {
        if (name.Length <= disk.Length || !name.StartsWith(disk, StringComparison.Ordinal))
        {
            return false;
        }

        var number = name.AsSpan(disk.Length);
        if (char.IsAsciiDigit(disk[^1]))
        {
            if (number[0] != 'p')
            {
                return false;
            }

            number = number[1..];
        }

        return number.Length > 0 && !number.ContainsAnyExceptInRange('0', '9');
    }
}
