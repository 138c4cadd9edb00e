namespace Broadcast.Core.Tests.Rooms;

public sealed class KeyIndexTests
{
    private long _sequence;

    [Fact]
    public void The_newest_of_each_key_is_kept_in_the_order_of_the_log()
    {
        var index = new KeyIndex(new RoomRule());
        Put(index, "a", "b", "a", "c", "b");

        Assert.Equal([(2, "a"), (3, "c"), (4, "b")], Kept(index, 0));
        Assert.Equal([(3, "c"), (4, "b")], Kept(index, 3));
        Assert.Empty(Kept(index, 5));
    }

    [Fact]
    public void Publications_without_a_key_are_of_one_key()
    {
        var index = new KeyIndex(new RoomRule());
        Put(index, null, "a", null);

        Assert.Equal([(1, "a"), (2, null)], Kept(index, 0));
    }

    [Fact]
    public void The_keys_that_changed_least_lately_go_when_there_are_too_many()
    {
        var index = new KeyIndex(new RoomRule { MaxKeys = 2 });
        Put(index, "a", "b", "a", "c");

        Assert.Equal([(2, "a"), (3, "c")], Kept(index, 0));
    }

    [Fact]
    public void They_go_too_when_their_bytes_are_too_many_but_never_the_newest()
    {
        var index = new KeyIndex(new RoomRule { MaxKeyBytes = 1_024 });
        for (var key = 0; key < 50; key++)
        {
            Put(index, $"k{key}");
        }

        Assert.InRange(Kept(index, 0).Length, 2, 8);
        index.Put("large", new LogEntry(_sequence, default, new Publication(new byte[5_000], ContentKind.Binary) { Key = "large" }, null, 0, null));
        Assert.Equal([(50, "large")], Kept(index, 0));
    }

    private static (long, string?)[] Kept(KeyIndex index, long cursor) =>
        [.. index.After(cursor).Select(e => (e.Sequence, e.Publication!.Key))];

    private void Put(KeyIndex index, params string?[] keys)
    {
        foreach (var key in keys)
        {
            index.Put(key, new LogEntry(_sequence++, default, new Publication(new byte[1], ContentKind.Binary) { Key = key }, null, 0, null));
        }
    }
}
