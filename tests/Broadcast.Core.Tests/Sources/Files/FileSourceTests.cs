using System.Text;

namespace Broadcast.Core.Tests.Sources.Files;

public sealed class FileSourceTests : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly string _path;

    public FileSourceTests() => _path = _folder.At("log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("row", "S5.13")]
    public async Task A_file_is_published_line_by_line_from_its_start_and_then_as_it_grows()
    {
        File.WriteAllText(_path, "one\r\ntwo\n");
        await using var reading = Follow();
        Assert.Equal("one", await reading.NextTextAsync());
        Assert.Equal("two", await reading.NextTextAsync());
        await reading.NothingAsync();

        File.AppendAllText(_path, "thr");
        await reading.NothingAsync();
        File.AppendAllText(_path, "ee\nfo");

        Assert.Equal("three", await reading.NextTextAsync());
        await reading.NothingAsync();
    }

    [Fact]
    public async Task From_the_end_only_lines_that_begin_afterwards_are_published()
    {
        File.WriteAllText(_path, "old\nhalf a li");
        await using var reading = Follow(new FileSourceOptions { FromStart = false });
        await reading.NothingAsync();

        File.AppendAllText(_path, "ne\nnew\n");

        Assert.Equal("new", await reading.NextTextAsync());
    }

    [Fact]
    public async Task From_the_end_of_whole_lines_the_next_line_is_not_lost()
    {
        File.WriteAllText(_path, "old\n");
        await using var reading = Follow(new FileSourceOptions { FromStart = false });
        await reading.NothingAsync();

        File.AppendAllText(_path, "new\n");

        Assert.Equal("new", await reading.NextTextAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_is_missing_at_the_start_is_waited_for_and_read_from_its_start(bool fromStart)
    {
        await using var reading = Follow(new FileSourceOptions { FromStart = fromStart });
        await reading.NothingAsync();

        File.WriteAllText(_path, "first\n");

        Assert.Equal("first", await reading.NextTextAsync());
    }

    [Fact]
    public async Task Without_following_it_ends_at_the_end_of_the_file_with_the_line_that_nobody_ended()
    {
        File.WriteAllText(_path, "one\ntwo");
        await using var reading = Follow(new FileSourceOptions { Follow = false });

        Assert.Equal(["one", "two"], await reading.RestAsync());
    }

    [Fact]
    public async Task Without_following_a_missing_file_is_a_failure()
    {
        await using var reading = Follow(new FileSourceOptions { Follow = false });

        await Assert.ThrowsAsync<FileNotFoundException>(reading.NextAsync);
    }

    [Fact]
    public async Task A_directory_is_a_failure_and_not_waited_for()
    {
        Directory.CreateDirectory(_path);
        await using var reading = Follow();

        await Assert.ThrowsAsync<UnauthorizedAccessException>(reading.NextAsync);
    }

    [LinuxFact]
    public async Task After_rotation_the_old_file_is_finished_before_the_new_one_is_read_from_its_start()
    {
        File.WriteAllText(_path, "old 1\n");
        await using var reading = Follow();
        Assert.Equal("old 1", await reading.NextTextAsync());
        await reading.NothingAsync();

        File.AppendAllText(_path, "old 2\n");
        File.Move(_path, _path + ".1");
        File.WriteAllText(_path, "new 1, longer than all of the old file was\n");

        Assert.Equal("old 2", await reading.NextTextAsync());
        Assert.Equal("new 1, longer than all of the old file was", await reading.NextTextAsync());
        await reading.NothingAsync();
        File.AppendAllText(_path, "new 2\n");
        Assert.Equal("new 2", await reading.NextTextAsync());
    }

    [LinuxFact]
    public async Task A_writer_that_notices_the_rotation_late_loses_nothing()
    {
        File.WriteAllText(_path, "old 1\n");
        using var writer = new StreamWriter(new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete));
        await using var reading = Follow();
        Assert.Equal("old 1", await reading.NextTextAsync());
        File.Move(_path, _path + ".1");
        File.WriteAllText(_path, "new 1\n");
        await reading.NothingAsync(looks: 0);

        await writer.WriteAsync("old 2\nold 3 without an end");
        await writer.FlushAsync();

        Assert.Equal("old 2", await reading.NextTextAsync());
        Assert.Equal("old 3 without an end", await reading.NextTextAsync());
        Assert.Equal("new 1", await reading.NextTextAsync());
        await reading.NothingAsync();
    }

    [LinuxFact]
    public async Task A_file_that_is_replaced_by_renaming_another_onto_it_is_read_from_its_start()
    {
        File.WriteAllText(_path, "old\n");
        await using var reading = Follow();
        Assert.Equal("old", await reading.NextTextAsync());
        File.WriteAllText(_path + ".new", "new\n");
        File.Move(_path + ".new", _path, overwrite: true);

        Assert.Equal("new", await reading.NextTextAsync());
    }

    [Fact]
    public async Task After_truncation_in_place_the_file_is_read_from_its_start()
    {
        File.WriteAllText(_path, "one\ntwo\nhalf");
        await using var reading = Follow();
        Assert.Equal("one", await reading.NextTextAsync());
        Assert.Equal("two", await reading.NextTextAsync());
        await reading.NothingAsync();

        using (var file = new FileStream(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(0);
        }

        File.AppendAllText(_path, "three\n");

        Assert.Equal("half", await reading.NextTextAsync());
        Assert.Equal("three", await reading.NextTextAsync());
        await reading.NothingAsync();
    }

    [LinuxFact]
    [Trait("row", "S5.12")]
    public async Task A_deleted_file_is_let_go_and_its_successor_is_read_from_its_start()
    {
        File.WriteAllText(_path, "one\ntwo\n");
        await using var reading = Follow();
        Assert.Equal("one", await reading.NextTextAsync());
        Assert.Equal("two", await reading.NextTextAsync());
        await reading.NothingAsync();
        Assert.Equal(1, _folder.OpenHandles);

        File.Delete(_path);
        await reading.NothingAsync();
        Assert.Equal(0, _folder.OpenHandles);
        File.WriteAllText(_path, "three\nfour\nfive\n");

        Assert.Equal("three", await reading.NextTextAsync());
    }

    [LinuxFact]
    public async Task A_file_that_was_elsewhere_for_a_while_is_not_read_again()
    {
        File.WriteAllText(_path, "one\n");
        await using var reading = Follow();
        Assert.Equal("one", await reading.NextTextAsync());
        File.Move(_path, _path + ".away");
        await reading.NothingAsync();
        File.Move(_path + ".away", _path);
        await reading.NothingAsync();

        File.AppendAllText(_path, "two\n");

        Assert.Equal("two", await reading.NextTextAsync());
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_left_out_and_counted_and_told()
    {
        var told = new List<long>();
        File.WriteAllText(_path, "a\n" + new string('x', 5000) + "\n12345678\r\n123456789\nb\n");
        var source = new FileSource(_path, _time, new FileSourceOptions { Follow = false, MaxLineBytes = 8, OnLineTooLong = told.Add });
        await using var reading = new Reading(source, _time, Poll);

        Assert.Equal(["a", "12345678", "b"], await reading.RestAsync());
        Assert.Equal(2, source.LinesTooLong);
        Assert.Equal([2, 5013], told);
    }

    [LinuxFact]
    [Trait("row", "S5.12")]
    public async Task Its_handle_is_closed_when_the_reading_is_cancelled()
    {
        File.WriteAllText(_path, "one\n");
        await using var reading = Follow();
        Assert.Equal("one", await reading.NextTextAsync());
        await reading.NothingAsync();
        Assert.Equal(1, _folder.OpenHandles);

        await reading.CancelAsync();

        Assert.Equal(0, _folder.OpenHandles);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [LinuxFact]
    [Trait("row", "S5.12")]
    public async Task Its_handle_is_closed_when_the_reading_is_disposed_ends_or_fails()
    {
        File.WriteAllText(_path, "one\ntwo\n");
        await using (var broken = Follow())
        {
            Assert.Equal("one", await broken.NextTextAsync());
            Assert.Equal(1, _folder.OpenHandles);
        }

        Assert.Equal(0, _folder.OpenHandles);
        await using var ended = Follow(new FileSourceOptions { Follow = false });
        Assert.Equal(["one", "two"], await ended.RestAsync());
        Assert.Equal(0, _folder.OpenHandles);
    }

    [Fact]
    public async Task A_reading_that_was_broken_off_goes_on_with_the_line_that_was_not_accepted()
    {
        File.WriteAllText(_path, "one\ntwo\nthree\n");
        var source = new FileSource(_path, _time);
        await using (var broken = new Reading(source, _time, Poll))
        {
            Assert.Equal("one", await broken.NextTextAsync());
            Assert.Equal("two", await broken.NextTextAsync());
        }

        await using var reading = new Reading(source, _time, Poll);

        Assert.Equal("two", await reading.NextTextAsync());
        Assert.Equal("three", await reading.NextTextAsync());
        await reading.NothingAsync();
    }

    [LinuxFact]
    public async Task A_reading_that_was_broken_off_begins_anew_if_the_file_is_another()
    {
        File.WriteAllText(_path, "one\ntwo\n");
        var source = new FileSource(_path, _time);
        await using (var broken = new Reading(source, _time, Poll))
        {
            Assert.Equal("one", await broken.NextTextAsync());
            Assert.Equal("two", await broken.NextTextAsync());
        }

        File.Move(_path, _path + ".1");
        File.WriteAllText(_path, "three\nfour\n");
        await using var reading = new Reading(source, _time, Poll);

        Assert.Equal("three", await reading.NextTextAsync());
    }

    [Fact]
    public async Task A_file_that_was_read_to_its_end_is_read_again_from_its_start()
    {
        File.WriteAllText(_path, "one\ntwo\n");
        var source = new FileSource(_path, _time, new FileSourceOptions { Follow = false });
        for (var time = 0; time < 2; time++)
        {
            await using var reading = new Reading(source, _time, Poll);
            Assert.Equal(["one", "two"], await reading.RestAsync());
        }
    }

    [Theory]
    [InlineData("rows.ndjson", null, ContentKind.Json)]
    [InlineData("rows.JSONL", null, ContentKind.Json)]
    [InlineData("rows.csv", null, ContentKind.Text)]
    [InlineData("rows.csv", true, ContentKind.Json)]
    [InlineData("rows.ndjson", false, ContentKind.Text)]
    [Trait("row", "S5.6")]
    public async Task Lines_are_json_where_the_name_or_the_option_says_so(string name, bool? json, ContentKind kind)
    {
        File.WriteAllText(_folder.At(name), "{\"id\":1}\n");
        var source = new FileSource(_folder.At(name), _time, new FileSourceOptions { Json = json });
        await using var reading = new Reading(source, _time, Poll);

        Assert.Equal(kind, (await reading.NextAsync())!.Kind);
    }

    [Fact]
    [Trait("row", "S5.6")]
    [Trait("row", "S5.3")]
    public async Task A_large_CSV_file_is_published_row_by_row_and_no_row_is_kept()
    {
        const int Rows = 200_000;
        using (var writer = new StreamWriter(_path))
        {
            for (var row = 0; row < Rows; row++)
            {
                await writer.WriteAsync($"{row},\"a name\",{row * 7},2030-01-01T00:00:00Z,some text that makes the row as long as rows are\n");
            }
        }

        var kept = new List<WeakReference>();
        var count = 0;
        await foreach (var item in new FileSource(_path, _time, new FileSourceOptions { Follow = false }).ReadAsync(default))
        {
            Assert.True(item.Data.Span.StartsWith(Encoding.ASCII.GetBytes($"{count},")));
            if (count++ % 1000 == 0)
            {
                kept.Add(new WeakReference(item));
            }

            if (count == Rows / 2)
            {
                GC.Collect();
                Assert.InRange(kept.Count(k => k.IsAlive), 0, 1);
            }
        }

        Assert.Equal(Rows, count);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => new FileSource("", _time));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FileSource(_path, _time, new FileSourceOptions { MaxLineBytes = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FileSource(_path, _time, new FileSourceOptions { PollInterval = TimeSpan.Zero }));
    }

    private Reading Follow(FileSourceOptions? options = null) => new(new FileSource(_path, _time, options), _time, Poll);
}
