using System.Globalization;

namespace Broadcast.SystemTests;

/// <summary>What the kernel keeps for TCP connections, of which /proc/net tells.</summary>
internal static class KernelSockets
{
    private const string Established = "01";

    /// <summary>Bytes that wait in the kernel for one side of a connection: sent and not acknowledged, received and not read.</summary>
    public readonly record struct Queues(long Sending, long Received);

    /// <summary>By the port of the client, both sides of each connection to a server's port.</summary>
    public static Dictionary<int, (Queues Server, Queues Client)> Of(int serverPort)
    {
        var all = new Dictionary<int, (Queues Server, Queues Client)>();
        foreach (var line in File.ReadLines("/proc/net/tcp").Skip(1))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var (local, remote) = (Port(fields[1]), Port(fields[2]));
            if (fields[3] != Established || (local != serverPort && remote != serverPort))
            {
                continue;
            }

            var queues = new Queues(Hex(fields[4].Split(':')[0]), Hex(fields[4].Split(':')[1]));
            var client = local == serverPort ? remote : local;
            var both = all.GetValueOrDefault(client);
            all[client] = local == serverPort ? (queues, both.Client) : (both.Server, queues);
        }

        return all;
    }

    /// <summary>Of all sockets of this machine, with what they hold their data in.</summary>
    public static long TotalBytes()
    {
        var fields = File.ReadLines("/proc/net/sockstat").First(l => l.StartsWith("TCP:", StringComparison.Ordinal)).Split(' ');
        return Environment.SystemPageSize * long.Parse(fields[Array.IndexOf(fields, "mem") + 1], CultureInfo.InvariantCulture);
    }

    private static int Port(string address) => (int)Hex(address.Split(':')[1]);

    private static long Hex(string digits) => long.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
