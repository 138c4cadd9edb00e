using System.Text;

namespace Broadcast.Gateway.Tests.Views;

/// <summary>Keeps every byte that came over one connection, headers and frames as they are.</summary>
internal sealed class TaintReader(RawClient client, string mark) : IAsyncDisposable
{
    /// <returns>All that came, one character for each byte, up to the mark.</returns>
    public async Task<string> ReadToMarkAsync()
    {
        var all = new StringBuilder();
        var buffer = new byte[64 << 10];
        using var patience = new CancellationTokenSource(Wait.Patience);
        for (var isThere = false; !isThere;)
        {
            var read = await client.Socket.ReceiveAsync(buffer, patience.Token);
            Assert.True(read > 0, $"The connection ended before '{mark}' came, after: {all}");
            var searched = Math.Max(0, all.Length - mark.Length);
            all.Append(Encoding.Latin1.GetString(buffer, 0, read));
            isThere = all.ToString(searched, all.Length - searched).Contains(mark, StringComparison.Ordinal);
        }

        return all.ToString();
    }

    public ValueTask DisposeAsync() => client.DisposeAsync();
}
