using System.Text;

namespace Broadcast.Core.Tests.Sources.Lines;

public sealed class LineReaderTests
{
    private readonly List<long> _tooLong = [];

    [Theory]
    [InlineData("a\nb\n", "a|b")]
    [InlineData("a\r\nb\r\n", "a|b")]
    [InlineData("a\n\nb", "a||b")]
    [InlineData("\n", "")]
    [InlineData("a\rb\r\r\n", "a\rb\r")]
    [InlineData("last", "last")]
    [InlineData("last\r", "last")]
    [InlineData("\ufeffid;name\n\ufeffx\n", "id;name|\ufeffx")]
    public void A_line_ends_with_LF_or_CRLF_or_the_input(string input, string lines) =>
        Assert.Equal(lines.Split('|'), Read(Encoding.UTF8.GetBytes(input), 100, 1));

    [Fact]
    public void Nothing_has_no_line() => Assert.Empty(Read([], 100, 1));

    [Theory]
    [InlineData("1234\n", "1234", 0)]
    [InlineData("1234\r\n", "1234", 0)]
    [InlineData("\ufeff1234\r\n", "1234", 0)]
    [InlineData("12345\nx\n", "x", 1)]
    [InlineData("1234\r5\nx\n", "x", 1)]
    [InlineData("a\n123456789012345678901234567890\r\nx\n", "a|x", 1)]
    [InlineData("a\n123456789012345678901234567890", "a", 1)]
    [InlineData("12345\n12345\n123456789012345\nx", "x", 3)]
    public void A_line_that_is_too_long_is_left_out_whole_and_counted_once(string input, string lines, int tooLong)
    {
        foreach (var chunk in new[] { 1, 2, 3, 7, 1000 })
        {
            _tooLong.Clear();
            Assert.Equal(lines.Split('|'), Read(Encoding.UTF8.GetBytes(input), 4, chunk));
            Assert.Equal(tooLong, _tooLong.Count);
        }
    }

    [Fact]
    public void A_line_that_is_too_long_is_told_with_its_position()
    {
        Read("ab\n123456789012345\nx\n12345\n"u8.ToArray(), 4, 1);

        Assert.Equal([3, 21], _tooLong);
    }

    [Fact]
    public void Lines_do_not_depend_on_how_the_bytes_arrive()
    {
        var random = new Random(20);
        for (var round = 0; round < 500; round++)
        {
            var input = new byte[random.Next(200)];
            random.GetItems("ab\r\n\n"u8.ToArray(), input);
            var expected = Encoding.UTF8.GetString(input).Split('\n').Select(l => l.EndsWith('\r') ? l[..^1] : l).ToList();
            if (input is [] or [.., (byte)'\n'])
            {
                expected.RemoveAt(expected.Count - 1);
            }

            Assert.Equal(expected.Where(l => l.Length <= 6), Read(input, 6, random.Next(1, 40)));
        }
    }

    [Fact]
    public void Its_position_is_where_the_next_line_begins_and_its_buffer_never_grows()
    {
        var reader = new LineReader(10, _tooLong.Add);
        var input = "one\r\ntwo\n\n01234567890123456789012345\nfive\nsi"u8.ToArray();
        var positions = new List<long>();
        foreach (var b in input)
        {
            Assert.InRange(reader.Free.Length, 1, 15);
            reader.Free.Span[0] = b;
            reader.Filled(1);
            while (reader.TryTake(out _))
            {
                positions.Add(reader.Position);
            }
        }

        Assert.Equal([5, 9, 10, 42], positions);
    }

    [Fact]
    public void A_reader_that_starts_inside_a_line_leaves_out_the_rest_of_it_without_counting_it()
    {
        var reader = new LineReader(4, _tooLong.Add);
        reader.Restart(1000, insideLine: true);
        "of-a-long-line\nx\n"u8.Slice(0, 9).CopyTo(reader.Free.Span);
        reader.Filled(9);
        Assert.False(reader.TryTake(out _));
        "g-line\nx\n"u8.CopyTo(reader.Free.Span);
        reader.Filled(9);

        Assert.True(reader.TryTake(out var line));
        Assert.Equal("x"u8, line.Span);
        Assert.Equal(1018, reader.Position);
        Assert.Empty(_tooLong);
    }

    private List<string> Read(byte[] input, int maxLineBytes, int chunk)
    {
        var reader = new LineReader(maxLineBytes, _tooLong.Add);
        var lines = new List<string>();
        var rest = input.AsMemory();
        while (!rest.IsEmpty)
        {
            var count = Math.Min(chunk, Math.Min(rest.Length, reader.Free.Length));
            Assert.True(count > 0);
            rest[..count].CopyTo(reader.Free);
            reader.Filled(count);
            rest = rest[count..];
            while (reader.TryTake(out var line))
            {
                lines.Add(Encoding.UTF8.GetString(line.Span));
            }
        }

        if (reader.TryTakeRest(out var last))
        {
            lines.Add(Encoding.UTF8.GetString(last.Span));
        }

        return lines;
    }
}
