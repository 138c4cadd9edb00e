using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>The keys of back ends. Any thread may ask.</summary>
internal sealed class ApiKeys(IOptions<BroadcastOptions> options)
{
    // Hashes have one length, so that comparing tells nothing of a key's length either.
    private readonly (byte[] Hash, string Name)[] _keys = [.. options.Value.ApiKeys.Select((k, i) => (Hash(k.Key), k.Name ?? $"{i}"))];

    public bool HasKeys => _keys.Length > 0;

    /// <summary>Takes as long for a wrong key as for a good one.</summary>
    public bool TryFind(string key, out string name)
    {
        name = "";
        var hash = Hash(key);
        foreach (var known in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(known.Hash, hash))
            {
                name = known.Name;
            }
        }

        return name.Length > 0;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
