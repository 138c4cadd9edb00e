using System.Buffers;
using System.Globalization;
using System.Text;

namespace Broadcast.Protocol.Tests;

public sealed class ChunkedEncodingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(65_536)]
    public void A_chunk_is_its_length_in_hex_and_the_data_each_with_a_line_end(int length)
    {
        var data = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        var output = new ArrayBufferWriter<byte>();

        var chunk = ChunkedEncoding.Wrap(data);
        ChunkedEncoding.Write(output, data);

        Assert.Equal([.. Encoding.ASCII.GetBytes(length.ToString("X", CultureInfo.InvariantCulture)), 13, 10, .. data, 13, 10], chunk);
        Assert.Equal(chunk, output.WrittenSpan.ToArray());
    }

    [Fact]
    public void No_data_is_no_chunk_because_an_empty_one_would_end_the_body() => Assert.Empty(ChunkedEncoding.Wrap([]));

    [Fact]
    public void The_end_is_an_empty_chunk_without_trailers() => Assert.Equal("0\r\n\r\n"u8.ToArray(), ChunkedEncoding.End.ToArray());
}
