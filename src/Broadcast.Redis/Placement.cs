using System.Security.Cryptography;
using System.Text;

namespace Broadcast.Redis;

/// <summary>
/// Which server a room is on: the one with the highest score for its name (rendezvous hashing). All nodes find the same, in whatever order
/// the servers are listed, and when one comes or goes, only its own share of the rooms moves.
/// </summary>
internal sealed class Placement(IReadOnlyList<string> servers)
{
    private readonly ulong[] _seeds = [.. servers.Select(s => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(s))))];

    /// <returns>The server's place in the list.</returns>
    public int Of(string room)
    {
        if (_seeds.Length == 1)
        {
            return 0;
        }

        var name = Hash(room);
        var best = 0;
        for (var i = 1; i < _seeds.Length; i++)
        {
            best = Mix(_seeds[i] ^ name) > Mix(_seeds[best] ^ name) ? i : best;
        }

        return best;
    }

    /// <summary>FNV-1a; names are ASCII.</summary>
    private static ulong Hash(string name)
    {
        var hash = 14695981039346656037;
        foreach (var character in name)
        {
            hash = (hash ^ character) * 1099511628211;
        }

        return hash;
    }

    /// <summary>The finalizer of SplitMix64, so that every bit depends on every other.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
