namespace Broadcast.Core.Tests.Backplanes;

public sealed class RingTests
{
    [Fact]
    public void It_is_a_queue_that_can_be_read_by_index_whatever_is_added_and_removed()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var (ring, expected, next) = (new Ring<int>(), new List<int>(), 0);
            for (var step = 0; step < 2_000; step++)
            {
                // In waves, so that it grows, wraps around and shrinks.
                var adds = random.Next(100) < (step / 200 % 2 == 0 ? 70 : 30);
                if (adds)
                {
                    ring.Add(next);
                    expected.Add(next++);
                }
                else if (expected.Count > 0)
                {
                    Assert.Equal(expected[0], ring.RemoveFirst());
                    expected.RemoveAt(0);
                }

                Assert.Equal(expected.Count, ring.Count);
                Assert.All(expected.Index(), e => Assert.Equal(e.Item, ring[e.Index]));
            }
        }
    }

    [Fact]
    public void It_gives_memory_back_when_few_are_left_and_all_of_it_when_none_is()
    {
        var ring = new Ring<int>();
        for (var i = 0; i < 10_000; i++)
        {
            ring.Add(i);
        }

        Assert.Equal(16_384, ring.Capacity);
        for (var left = 10_000; left > 3; left--)
        {
            ring.RemoveFirst();
        }

        Assert.InRange(ring.Capacity, 4, 16);
        for (var left = 3; left > 0; left--)
        {
            Assert.Equal(10_000 - left, ring.RemoveFirst());
        }

        Assert.Equal(0, ring.Capacity);
    }

    [Fact]
    public void It_does_not_hold_on_to_what_was_removed()
    {
        var ring = new Ring<object>();
        var removed = AddAndRemove(ref ring);
        GC.Collect();

        Assert.False(removed.IsAlive);
        Assert.Equal(1, ring.Count);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference AddAndRemove(ref Ring<object> ring)
        {
            ring.Add(new object());
            ring.Add(new object());
            return new WeakReference(ring.RemoveFirst());
        }
    }
}
