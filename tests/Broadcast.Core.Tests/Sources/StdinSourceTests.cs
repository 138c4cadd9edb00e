using System.IO.Pipelines;
using System.Text;

namespace Broadcast.Core.Tests.Sources;

public sealed class StdinSourceTests
{
    [Fact]
    [Trait("row", "S5.13")]
    public async Task Standard_input_is_published_line_by_line_and_ends_with_it()
    {
        using var input = new MemoryStream("one\r\ntwo\n\nfour"u8.ToArray());

        Assert.Equal(["one", "two", "", "four"], await AllAsync(new StdinSource(input)));
        Assert.True(input.CanRead, "The stream belongs to who gave it.");
    }

    [Fact]
    public async Task A_line_is_published_before_the_next_one_is_there()
    {
        var pipe = new Pipe();
        await using var items = new StdinSource(pipe.Reader.AsStream()).ReadAsync(default).GetAsyncEnumerator();
        var next = items.MoveNextAsync().AsTask();
        await pipe.Writer.WriteAsync("on"u8.ToArray());
        Assert.False(next.IsCompleted);

        await pipe.Writer.WriteAsync("e\ntw"u8.ToArray());
        Assert.True(await next);
        Assert.Equal("one", Text(items.Current));

        next = items.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        await pipe.Writer.WriteAsync("o\n"u8.ToArray());
        Assert.True(await next);
        Assert.Equal("two", Text(items.Current));
        await pipe.Writer.CompleteAsync();
        Assert.False(await items.MoveNextAsync());
    }

    [Fact]
    [Trait("row", "S5.3")]
    public async Task Input_of_any_size_is_read_no_further_ahead_than_the_buffer_and_nothing_of_it_is_kept()
    {
        const long Size = 200L * 1024 * 1024;
        using var input = new EndlessRows(Size);
        var kept = new List<WeakReference>();
        long published = 0;
        var rows = 0;
        await foreach (var item in new StdinSource(input).ReadAsync(default))
        {
            published += item.Data.Length + 1;
            Assert.InRange(input.Given - published, 0, 70_000);
            if (rows++ % 1000 == 0)
            {
                kept.Add(new WeakReference(item));
            }
        }

        Assert.Equal(Size, published);
        GC.Collect();
        Assert.InRange(kept.Count(k => k.IsAlive), 0, 1);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_left_out_and_counted()
    {
        using var input = new MemoryStream("12345\n1234\n"u8.ToArray());
        var source = new StdinSource(input, maxLineBytes: 4);

        Assert.Equal(["1234"], await AllAsync(source));
        Assert.Equal(1, source.LinesTooLong);
    }

    [Fact]
    public async Task A_silent_input_can_be_cancelled_and_what_it_says_later_is_not_lost()
    {
        var pipe = new Pipe();
        var source = new StdinSource(new Uncancellable(pipe.Reader.AsStream()));
        using var cancel = new CancellationTokenSource();
        await using (var broken = source.ReadAsync(cancel.Token).GetAsyncEnumerator())
        {
            await pipe.Writer.WriteAsync("one\nhalf "u8.ToArray());
            Assert.True(await broken.MoveNextAsync());
            var next = broken.MoveNextAsync().AsTask();
            Assert.False(next.IsCompleted);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        }

        await pipe.Writer.WriteAsync("a line\n"u8.ToArray());
        await pipe.Writer.CompleteAsync();

        Assert.Equal(["half a line"], await AllAsync(source));
    }

    [Fact]
    public async Task A_reading_that_was_broken_off_goes_on_with_the_line_that_was_not_accepted()
    {
        using var input = new MemoryStream("one\ntwo\nthree\n"u8.ToArray());
        var source = new StdinSource(input);
        await using (var broken = source.ReadAsync(default).GetAsyncEnumerator())
        {
            Assert.True(await broken.MoveNextAsync());
            Assert.True(await broken.MoveNextAsync());
        }

        Assert.Equal(["two", "three"], await AllAsync(source));
    }

    [Fact]
    public async Task An_input_that_fails_is_a_failure_of_the_source_which_can_be_read_again()
    {
        var pipe = new Pipe();
        using var input = new Uncancellable(pipe.Reader.AsStream()) { FailOnce = true };
        var source = new StdinSource(input);
        await Assert.ThrowsAsync<IOException>(() => AllAsync(source));

        await pipe.Writer.WriteAsync("one\n"u8.ToArray());
        await pipe.Writer.CompleteAsync();

        Assert.Equal(["one"], await AllAsync(source));
    }

    private static async Task<List<string>> AllAsync(StdinSource source)
    {
        var all = new List<string>();
        await foreach (var item in source.ReadAsync(default))
        {
            all.Add(Text(item));
        }

        return all;
    }

    private static string Text(Publication item) => Encoding.UTF8.GetString(item.Data.Span);

    /// <summary>Reads that do not end when they are cancelled, as those of a terminal.</summary>
    private sealed class Uncancellable(Stream inner) : ReadOnlyStream
    {
        public bool FailOnce { get; set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (FailOnce)
            {
                FailOnce = false;
                throw new IOException("The terminal is gone.");
            }

            return await inner.ReadAsync(buffer, CancellationToken.None);
        }
    }

    /// <summary>Rows of 1,024 bytes, made when they are read.</summary>
    private sealed class EndlessRows(long size) : ReadOnlyStream
    {
        private static readonly byte[] Row = Encoding.ASCII.GetBytes(new string('x', 1023) + "\n");

        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, size - Given);
            for (var filled = 0; filled < count;)
            {
                var part = Row.AsMemory((int)((Given + filled) % Row.Length));
                part = part[..Math.Min(part.Length, count - filled)];
                part.CopyTo(buffer[filled..]);
                filled += part.Length;
            }

            Given += count;
            return ValueTask.FromResult(count);
        }
    }

    private abstract class ReadOnlyStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
