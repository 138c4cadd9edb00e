namespace Broadcast.Core.Tests.Connections;

/// <summary>Who changes something does not wait for who reads, and who reads finds all that was changed before.</summary>
public sealed class LateChangesTests
{
    private readonly List<int> _made = [];
    private readonly LateChanges<int> _changes;

    public LateChangesTests() => _changes = new(_made.Add);

    [Fact]
    public void A_change_is_made_at_once_when_nobody_reads()
    {
        _changes.Add(1);

        Assert.Equal([1], _made);
    }

    [Fact]
    public void What_is_changed_while_somebody_reads_waits_for_nobody_and_is_made_when_he_is_through()
    {
        var madeMeanwhile = _changes.Read(() =>
        {
            var changing = Task.Run(() =>
            {
                _changes.Add(1);
                _changes.Add(2);
            });
            Assert.True(changing.Wait(TimeSpan.FromMinutes(2)), "It waits for who reads");
            return _made.Count;
        });

        Assert.Equal(0, madeMeanwhile);
        Assert.Equal([1, 2], _made);
    }

    [Fact]
    public async Task Many_threads_change_and_read_and_nothing_is_lost_or_made_twice()
    {
        const int Threads = 4, Each = 5_000;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                var change = (thread * Each) + i;
                _changes.Add(change);
                Assert.True(i % 500 != 0 || _changes.Read(() => _made.Contains(change)), "What was added before is not found");
            }
        })));

        Assert.Equal(Threads * Each, _changes.Read(() => _made.Count));
        for (var thread = 0; thread < Threads; thread++)
        {
            Assert.Equal(Enumerable.Range(thread * Each, Each), _made.Where(m => m / Each == thread));
        }
    }
}
