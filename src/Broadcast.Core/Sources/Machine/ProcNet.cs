using System.Text;

namespace Broadcast.Core;

/// <summary><c>/proc/net/dev</c>: what the network interfaces moved, loopback apart; proc_pid_net(5).</summary>
internal sealed record ProcNet(IReadOnlyList<Traffic> Interfaces, IReadOnlyList<Traffic> Loopback)
{
    /// <returns>Null if the text names no interface.</returns>
    public static ProcNet? Parse(ReadOnlySpan<byte> text)
    {
        var (interfaces, loopback) = (new List<Traffic>(), new List<Traffic>());
        var lines = new ProcText(text);
        while (lines.TryCut((byte)'\n', out var line))
        {
            // The first number may follow the colon without a blank.
            var colon = line.IndexOf((byte)':');
            if (colon < 1)
            {
                continue;
            }

            var name = line[..colon].Trim((byte)' ');
            var numbers = new ProcText(line[(colon + 1)..]);
            if (numbers.TryNumber(out var received) && numbers.TrySkip(7) && numbers.TryNumber(out var sent))
            {
                (name.SequenceEqual("lo"u8) ? loopback : interfaces).Add(new Traffic(Encoding.UTF8.GetString(name), received, sent));
            }
        }

        return interfaces.Count + loopback.Count > 0 ? new ProcNet(interfaces, loopback) : null;
    }
}
