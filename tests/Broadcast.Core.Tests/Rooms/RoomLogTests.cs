namespace Broadcast.Core.Tests.Rooms;

public sealed class RoomLogTests
{
    private readonly ManualTime _time = new();
    private readonly MemoryBudget _budget = new(1 << 30);

    [Fact]
    public void Entries_are_read_by_sequence_through_all_growth_of_the_ring()
    {
        var log = Log(maxCount: 1_000);
        Append(log, 1, 500);

        for (var sequence = 0; sequence < 500; sequence++)
        {
            Assert.Equal((ulong)sequence + 1, log.TryRead(sequence)!.Position.Offset);
        }

        Assert.Equal((500, 0), (log.Head, log.Oldest));
        Assert.Equal(new StreamPosition("e", 500), log.Position);
    }

    [Fact]
    public void The_window_keeps_the_newest_up_to_its_count()
    {
        var log = Log(maxCount: 3);
        Append(log, 1, 10);

        Assert.Equal((10, 7), (log.Head, log.Oldest));
        Assert.Null(log.TryRead(6));
        Assert.Equal(8UL, log.TryRead(7)!.Position.Offset);
    }

    [Fact]
    [Trait("row", "S1.8")]
    public void The_window_keeps_the_newest_up_to_its_bytes_and_always_the_last()
    {
        var log = Log(maxBytes: 2_000);
        Append(log, 1, 50);
        Assert.InRange(log.Bytes, 1_500, 2_000);

        log.Append(new Publication(new byte[10_000], ContentKind.Binary), new StreamPosition("e", 51));

        Assert.Equal((51, 50), (log.Head, log.Oldest));
    }

    [Fact]
    [Trait("row", "S1.8")]
    public void Frames_count_against_the_bytes()
    {
        var log = Log(maxBytes: 1_500);
        Append(log, 1, 5);
        Assert.Equal(0, log.Oldest);
        for (var sequence = 0; sequence < 5; sequence++)
        {
            log.TryRead(sequence)!.FrameFor(TestFormat.Full, new string('r', 200));
        }

        Append(log, 6, 6);

        Assert.Equal(2, log.Oldest);
        Assert.InRange(log.Bytes, 1, 1_500);
    }

    [Fact]
    public void What_is_too_old_goes_when_something_is_appended_or_the_clock_looks()
    {
        var log = Log(maxAge: 10);
        Append(log, 1, 2);
        _time.Advance(TimeSpan.FromSeconds(8));
        Append(log, 3, 3);
        _time.Advance(TimeSpan.FromSeconds(3));
        log.TrimByAge();
        Assert.Equal(2, log.Oldest);

        _time.Advance(TimeSpan.FromSeconds(8));
        log.TrimByAge();

        Assert.Equal((3, 3), (log.Head, log.Oldest));
        Assert.Equal(0, log.Bytes);
        Assert.Equal(3UL, log.Position.Offset);
    }

    [Fact]
    public void What_left_the_window_is_held_by_nobody_but_the_newest_in_a_room_that_sends_the_latest()
    {
        var (resync, latest) = (Log(), Log(fallingBehind: FallingBehind.Latest));
        var (gone, kept) = (AppendAndClear(resync), AppendAndClear(latest));
        GC.Collect();

        Assert.False(gone.IsAlive);
        Assert.Null(resync.LastPublication);
        Assert.Same(latest.LastPublication!.Publication, kept.Target);
        Assert.Equal((1, 1, 7UL), (resync.Head, resync.Oldest, resync.Position.Offset));

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference AppendAndClear(RoomLog log)
        {
            var publication = Publication.Text("x");
            log.Append(publication, new StreamPosition("e", 7));
            log.Clear();
            return new WeakReference(publication);
        }
    }

    [Fact]
    public void All_bytes_are_given_back_when_the_window_is_emptied_and_a_closed_log_keeps_none()
    {
        var log = Log();
        Append(log, 1, 5);
        log.Append(new Joined("c", null));
        log.TryRead(2)!.FrameFor(TestFormat.Full, "r");
        log.TryRead(2)!.FrameFor(TestFormat.Bare, "r");

        // The node's budget is told of frames by the second, or when something is appended or released.
        log.TrimByAge();
        Assert.Equal(log.Bytes, _budget.Used);

        log.Clear();
        Assert.Equal((0, 0), (log.Bytes, _budget.Used));
        Append(log, 6, 7);
        log.Close();
        Append(log, 8, 9);

        Assert.Equal((0, 0), (log.Bytes, _budget.Used));
        Assert.Equal((10, 10, 9UL), (log.Head, log.Oldest, log.Position.Offset));
    }

    [Fact]
    public void A_frame_made_for_an_entry_that_has_left_the_window_is_not_counted()
    {
        var log = Log();
        Append(log, 1, 1);
        var entry = log.TryRead(0)!;
        log.Clear();

        entry.FrameFor(TestFormat.Full, "r");

        Assert.Equal((0, 0), (log.Bytes, _budget.Used));
    }

    [Fact]
    [Trait("row", "S1.10")]
    public void An_entry_is_encoded_once_per_format_however_often_it_is_needed()
    {
        var log = Log();
        Append(log, 1, 1);
        var before = TestFormat.Encodings;
        for (var i = 0; i < 100; i++)
        {
            log.TryRead(0)!.FrameFor(TestFormat.Full, "r");
            log.TryRead(0)!.FrameFor(TestFormat.Bare, "r");
        }

        Assert.Equal(before + 2, TestFormat.Encodings);
        Assert.Same(log.TryRead(0)!.FrameFor(TestFormat.Full, "r"), log.TryRead(0)!.FrameFor(TestFormat.Full, "r"));
    }

    [Fact]
    public void Frames_that_every_cursor_has_passed_are_let_go_of_also_when_they_were_made_anew()
    {
        var log = Log();
        Append(log, 1, 4);
        var bare = log.Bytes;
        Encode(log, 0, 4);
        Assert.True(log.Bytes > bare);

        log.ReleaseFramesBefore(4);
        Assert.Equal(bare, log.Bytes);
        Encode(log, 1, 3);
        log.ReleaseFramesBefore(4);

        Assert.Equal(bare, log.Bytes);
    }

    [Fact]
    public void A_position_in_the_window_is_found_before_what_follows_it()
    {
        var log = Log(maxCount: 5);
        Append(log, 1, 10);

        Assert.Equal([null, 5, 6, 9, 10, null], new ulong[] { 4, 5, 6, 9, 10, 11 }.Select(o => Find(log, "e", o)));
        Assert.Null(Find(log, "f", 7));
    }

    [Fact]
    public void A_position_before_notices_is_found_before_them_and_never_between_what_the_window_has_dropped()
    {
        var log = Log(maxCount: 4);
        Append(log, 1, 3);
        log.Append(new Joined("c", null));
        log.Append(new Joined("d", null));
        Append(log, 4, 4);

        // 2 (3) 3 joined 4 joined 5 (4)
        Assert.Null(Find(log, "e", 1));
        Assert.Equal([2, 5, 6], new ulong[] { 2, 3, 4 }.Select(o => Find(log, "e", o)));

        Append(log, 5, 5);

        // 3 joined 4 joined 5 (4) 6 (5): whether something before the notices is missing cannot be seen any more.
        Assert.Null(Find(log, "e", 2));
        Assert.Equal([5, 6, 7], new ulong[] { 3, 4, 5 }.Select(o => Find(log, "e", o)));
    }

    [Fact]
    public void A_gap_is_found_by_who_stands_right_before_it_and_not_by_who_stands_in_it()
    {
        var log = Log();
        Append(log, 1, 3);
        log.Append(new Gap(new StreamPosition("e", 4), new StreamPosition("e", 6), GapReason.Expired));
        Append(log, 7, 7);

        Assert.Equal([3, null, null, 4, 5], new ulong[] { 3, 4, 5, 6, 7 }.Select(o => Find(log, "e", o)));
    }

    [Fact]
    public void Positions_of_an_epoch_that_has_passed_are_not_found()
    {
        var log = Log();
        Append(log, 1, 3);
        log.Append(new Gap(new StreamPosition("e", 4), new StreamPosition("f", 2), GapReason.Epoch));
        log.Append(Publication.Text("x"), new StreamPosition("f", 3));

        Assert.Equal([null, null], new ulong[] { 2, 3 }.Select(o => Find(log, "e", o)));
        Assert.Equal([null, null, 4, 5], new ulong[] { 0, 1, 2, 3 }.Select(o => Find(log, "f", o)));
    }

    private static long? Find(RoomLog log, string epoch, ulong offset) =>
        log.TryFind(new StreamPosition(epoch, offset), out var cursor) ? cursor : null;

    private static void Encode(RoomLog log, int from, int to)
    {
        for (var sequence = from; sequence < to; sequence++)
        {
            log.TryRead(sequence)!.FrameFor(TestFormat.Full, "r");
        }
    }

    private static void Append(RoomLog log, int first, int last)
    {
        for (var offset = first; offset <= last; offset++)
        {
            log.Append(Publication.Text($"{offset}"), new StreamPosition("e", (ulong)offset));
        }
    }

    private RoomLog Log(
        int maxCount = 100, long maxBytes = 1 << 20, int maxAge = 3_600, FallingBehind fallingBehind = FallingBehind.Resync)
    {
        var window = new Bounds { MaxCount = maxCount, MaxBytes = maxBytes, MaxAge = TimeSpan.FromSeconds(maxAge) };
        var rule = new RoomRule { Window = window, FallingBehind = fallingBehind };
        var log = new RoomLog(rule, _budget, _time);
        log.Start(new StreamPosition("e", 0));
        return log;
    }
}
