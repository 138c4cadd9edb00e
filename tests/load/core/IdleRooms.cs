namespace Broadcast.Load;

/// <summary>
/// What 100,000 rooms of one live member cost on the managed heap: name, room, subscription, and the backplane's stream; and the entries of
/// the dictionaries they stand in. 100 clients are in 1,000 rooms each, so that rooms are measured and not clients.
/// </summary>
internal static class IdleRooms
{
    private const int Rooms = 100_000;
    private const int Clients = 100;
    private const int Payload = 100;

    /// <returns>Bytes per room: before anything was published; with one publication of 100 bytes kept; and when its age has taken that away.</returns>
    public static async Task<(double Fresh, double WithPublication, double AgedOut)> MeasureAsync()
    {
        var time = new ShiftedTime();
        await using var node = new Node(time: time);
        for (var client = 0; client < Clients; client++)
        {
            await node.ConnectAsync(1 << 10);
        }

        var before = Heap();
        var names = new string[Rooms];
        for (var client = 0; client < Clients; client++)
        {
            var connection = node.Clients[client].Connection;
            for (var room = client; room < Rooms; room += Clients)
            {
                names[room] = $"room:{room}";
                await connection.PostSubscribe(names[room], JoinAt.Now);
            }

            for (var live = 0; live < Rooms / Clients;)
            {
                await connection.PostAction(c => live = c.Subscriptions.Count(s => s.State == SubscriptionState.Live));
            }
        }

        // The array of names is the measurement's own.
        var own = (long)Rooms * IntPtr.Size;
        var fresh = Heap() - before - own;
        foreach (var name in names)
        {
            node.Publish(name, Payload);
        }

        await Task.Delay(TimeSpan.FromSeconds(1));
        var withPublication = Heap() - before - own;
        time.Shift(TimeSpan.FromHours(25));

        // Rooms look after themselves every second, the backplane every five.
        await Task.Delay(TimeSpan.FromSeconds(11));
        var agedOut = Heap() - before - own;
        GC.KeepAlive(names);
        return ((double)fresh / Rooms, (double)withPublication / Rooms, (double)agedOut / Rooms);
    }

    private static long Heap()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>The system's time, which can be put forward; timers are not.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        private long _shift;

        public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _shift);

        public void Shift(TimeSpan by) => Interlocked.Add(ref _shift, (long)(by.TotalSeconds * TimestampFrequency));
    }
}
