using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Akka.TestKit.Xunit2;

namespace Broadcast.Actors.Tests.Hubs;

public sealed class HubTreeTests : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ActorMaterializer _materializer;

    public HubTreeTests() => _materializer = Sys.Materializer();

    [Fact]
    [Trait("row", "S1.1")]
    [Trait("row", "S1.14")]
    public async Task A_thousand_consumers_all_get_everything_in_order()
    {
        var tree = new HubTree<string>(_materializer, 256);
        var takers = new Taker<string>[1_000];
        for (var i = 0; i < takers.Length; i++)
        {
            takers[i] = new Taker<string>();
        }

        var consumers = Array.ConvertAll(takers, t => tree.Attach(t.Sink, 128));
        await Task.WhenAll(consumers.Select(c => c.Attached)).WaitAsync(Patience);
        Assert.Equal((1_000, 2), (tree.Consumers, tree.Levels));

        string[] items = [.. Numbers(1, 100)];
        foreach (var item in items)
        {
            tree.Offer(item);
        }

        tree.Complete();
        await tree.Completion.WaitAsync(Patience);
        await Task.WhenAll(takers.Select(t => t.Done)).WaitAsync(Patience);

        Assert.All(takers, t => Assert.Equal(items, t.Taken));
        Assert.All(consumers, c => Assert.Equal(0, c.Lost));
        Assert.Equal(0, tree.Lost);
    }

    [Fact]
    [Trait("row", "S1.2")]
    [Trait("row", "S1.3")]
    public async Task It_grows_by_levels_while_it_is_fed_and_nobody_misses_or_gets_twice_what_was_offered()
    {
        var tree = new HubTree<string>(_materializer, 1_000_000, width: 2);
        var (first, takers, next) = (new Taker<string>(), new List<Taker<string>>(), 0);
        await tree.Attach(first.Sink, 64).Attached.WaitAsync(Patience);
        for (var i = 0; i < 16; i++)
        {
            var taker = new Taker<string>();
            takers.Add(taker);
            var attached = tree.Attach(taker.Sink, 1_000_000).Attached;
            do
            {
                tree.Offer((++next).ToString(CultureInfo.InvariantCulture));
                await first.Count.UntilAsync(next - 32);
            }
            while (!attached.IsCompleted);
        }

        // The last one is sure to be taken by all.
        tree.Offer((++next).ToString(CultureInfo.InvariantCulture));
        Assert.Equal((17, 5), (tree.Consumers, tree.Levels));
        tree.Complete();
        await Task.WhenAll(takers.Append(first).Select(t => t.Done)).WaitAsync(Patience);

        Assert.Equal(Numbers(1, next), first.Taken);
        foreach (var taker in takers)
        {
            Assert.NotEmpty(taker.Taken);
            Assert.Equal(Numbers(next - taker.Taken.Count + 1, taker.Taken.Count), taker.Taken);
        }
    }

    [Fact]
    public async Task However_little_waits_between_its_hubs_nothing_is_lost_there()
    {
        var tree = new HubTree<string>(_materializer, 1, width: 2);
        var takers = Enumerable.Range(0, 8).Select(_ => new Taker<string>()).ToArray();
        await Task.WhenAll(takers.Select(t => tree.Attach(t.Sink, 1).Attached)).WaitAsync(Patience);
        Assert.Equal(3, tree.Levels);

        for (var i = 1; i <= 100; i++)
        {
            tree.Offer(i.ToString(CultureInfo.InvariantCulture));
            await Task.WhenAll(takers.Select(t => t.Count.UntilAsync(i)));
        }

        Assert.All(takers, t => Assert.Equal(Numbers(1, 100), t.Taken));
        Assert.Equal(0, tree.Lost);
    }

    [Fact]
    [Trait("row", "S1.6")]
    [Trait("row", "S1.7")]
    public async Task A_slow_consumer_loses_the_oldest_by_its_bound_and_holds_up_nobody()
    {
        var tree = new HubTree<string>(_materializer, 16);
        var (slow, fast) = (new Taker<string>(), new Taker<string>());
        var behind = tree.Attach(slow.Sink, 4);
        var ahead = tree.Attach(fast.Sink, 4);
        await Task.WhenAll(behind.Attached, ahead.Attached).WaitAsync(Patience);
        slow.Hold();

        for (var i = 1; i <= 1_000; i++)
        {
            tree.Offer(i.ToString(CultureInfo.InvariantCulture));
            await Task.WhenAll(fast.Count.UntilAsync(i), slow.Count.UntilAsync(1));
        }

        // What it does not get are all but the one in its hand, four on their way to it, and the four newest, in its buffer.
        await AwaitAssertAsync(() => Assert.InRange(behind.Lost, 991, 999), Patience);
        slow.Release();
        tree.Complete();
        await Task.WhenAll(slow.Done, fast.Done).WaitAsync(Patience);

        Assert.Equal(Numbers(1, 1_000), fast.Taken);
        Assert.Equal((0, 1_000), (ahead.Lost, behind.Lost + slow.Taken.Count));
        Assert.Equal(Numbers(997, 4), slow.Taken.TakeLast(4));
        Assert.Equal("1", slow.Taken.First());
    }

    [Fact]
    [Trait("row", "S1.19")]
    public async Task Without_consumers_it_goes_on_and_who_comes_later_gets_nothing_old()
    {
        var tree = new HubTree<string>(_materializer, 4);
        for (var i = 0; i < 10_000; i++)
        {
            tree.Offer("old");
        }

        var taker = new Taker<string>();
        var consumer = tree.Attach(taker.Sink, 4);
        await consumer.Attached.WaitAsync(Patience);
        tree.Offer("new");
        await taker.Count.UntilAsync(1);
        Assert.Equal(["new"], taker.Taken);

        consumer.Detach();
        await consumer.Ended.WaitAsync(Patience);
        await taker.Done.WaitAsync(Patience);
        Assert.Equal((0, 0), (tree.Consumers, tree.Levels));
        for (var i = 0; i < 10_000; i++)
        {
            tree.Offer("old");
        }

        var another = new Taker<string>();
        await tree.Attach(another.Sink, 4).Attached.WaitAsync(Patience);
        tree.Offer("newer");
        await another.Count.UntilAsync(1);
        Assert.Equal(["newer"], another.Taken);
        Assert.Equal(0, tree.Lost);
    }

    [Fact]
    [Trait("row", "S1.4")]
    public async Task Consumers_come_and_go_and_leave_nothing_behind()
    {
        var dead = CreateTestProbe();
        Sys.EventStream.Subscribe(dead, typeof(DeadLetter));
        var tree = new HubTree<string>(_materializer, 256, width: 4);
        var (staying, stays) = (new Taker<string>(), 0);
        await tree.Attach(staying.Sink, 1_024).Attached.WaitAsync(Patience);
        for (var round = 0; round < 20; round++)
        {
            var guests = Enumerable.Range(0, 20).Select(_ => tree.Attach(new Taker<string>().Sink, 16)).ToArray();
            await Task.WhenAll(guests.Select(g => g.Attached)).WaitAsync(Patience);
            tree.Offer((++stays).ToString(CultureInfo.InvariantCulture));
            foreach (var guest in guests)
            {
                guest.Detach();
                guest.Detach();
                tree.Offer((++stays).ToString(CultureInfo.InvariantCulture));
            }

            await Task.WhenAll(guests.Select(g => g.Ended)).WaitAsync(Patience);
            Assert.Equal(1, tree.Consumers);
        }

        await staying.Count.UntilAsync(stays);
        Assert.Equal(Numbers(1, stays), staying.Taken);

        tree.Complete();
        await tree.Completion.WaitAsync(Patience);
        await staying.Done.WaitAsync(Patience);
        Assert.Equal((0, 0), (tree.Consumers, tree.Levels));
        await AwaitAssertAsync(() => Assert.Empty(((ActorRefWithCell)_materializer.Supervisor).Children), Patience);
        await dead.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    [Trait("row", "S1.11")]
    public async Task A_sink_that_fails_is_gone_and_the_others_go_on()
    {
        var tree = new HubTree<string>(_materializer, 16);
        var (failing, well) = (new Taker<string> { Fault = new IOException("broken") }, new Taker<string>());
        var consumer = tree.Attach(failing.Sink, 4);
        await Task.WhenAll(consumer.Attached, tree.Attach(well.Sink, 4).Attached).WaitAsync(Patience);

        tree.Offer("a");
        await consumer.Ended.WaitAsync(Patience);
        tree.Offer("b");
        await well.Count.UntilAsync(2);

        await Assert.ThrowsAnyAsync<Exception>(() => failing.Done);
        Assert.Equal(["a", "b"], well.Taken);
        Assert.Equal(1, tree.Consumers);
    }

    [Fact]
    public async Task After_its_end_it_takes_no_more_consumers()
    {
        var tree = new HubTree<string>(_materializer, 16);
        tree.Complete();
        tree.Complete();
        await tree.Completion.WaitAsync(Patience);

        tree.Offer("late");
        Assert.Throws<InvalidOperationException>(() => tree.Attach(new Taker<string>().Sink, 1));
    }

    [Fact]
    public void A_width_or_a_bound_that_makes_no_sense_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HubTree<string>(_materializer, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HubTree<string>(_materializer, 1, width: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HubTree<string>(_materializer, 1, width: 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HubTree<string>(_materializer, 1).Attach(new Taker<string>().Sink, 0));
    }

    private static IEnumerable<string> Numbers(int first, int count) =>
        Enumerable.Range(first, count).Select(n => n.ToString(CultureInfo.InvariantCulture));
}
