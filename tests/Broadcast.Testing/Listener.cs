namespace Broadcast.Testing;

/// <summary>What a backplane handed over: a publication or a notice.</summary>
public readonly record struct Heard(string Room, StreamPosition Position, Publication? Publication, Notice? Notice);

/// <summary>Takes the place of rooms and remembers, in the order it came. Any thread.</summary>
public sealed class Listener
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly List<Heard> _heard = [];
    private readonly List<(Func<List<Heard>, bool> Enough, TaskCompletionSource Done)> _waiting = [];

    /// <summary>Called for each hand-over, on its thread.</summary>
    public Action<Heard> OnHeard { get; set; } = _ => { };

    public IReadOnlyList<Heard> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _heard];
            }
        }
    }

    public IReadOnlyList<Heard> Of(string room) => [.. All.Where(h => h.Room == room)];

    public ulong[] OffsetsOf(string room) => [.. Of(room).Where(h => h.Publication is not null).Select(h => h.Position.Offset)];

    /// <summary>Returns when so many came from a room, or fails after two minutes.</summary>
    public Task UntilAsync(string room, int count) => UntilAsync(all => all.Count(h => h.Room == room) >= count);

    public Task UntilAsync(Func<IReadOnlyList<Heard>, bool> enough)
    {
        lock (_gate)
        {
            if (enough(_heard))
            {
                return Task.CompletedTask;
            }

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((enough, done));
            return done.Task.WaitAsync(Patience);
        }
    }

    /// <summary>What takes the place of one room.</summary>
    public IHandOver In(string room) => new Ear(this, room);

    private void Remember(Heard heard)
    {
        lock (_gate)
        {
            _heard.Add(heard);
            _waiting.RemoveAll(w => w.Enough(_heard) && w.Done.TrySetResult());
        }

        OnHeard(heard);
    }

    private sealed class Ear(Listener listener, string room) : IHandOver
    {
        public void HandOver(StreamPosition position, Publication publication) =>
            listener.Remember(new Heard(room, position, publication, null));

        public void HandOver(Notice notice) => listener.Remember(new Heard(room, default, null, notice));
    }
}
