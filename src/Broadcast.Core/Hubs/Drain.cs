using System.Runtime.InteropServices;

namespace Broadcast.Core;

/// <summary>
/// Moves the clients of a node that stops to other nodes: each is told to go in its turn, as <see cref="DrainPace"/> says, whichever loop it
/// is on; what is left at the deadline is cut. The node takes in nobody meanwhile, but who was on the way in before has a turn too. Runs
/// once. Nothing runs at the same time: while a loop touches this, it is waited for.
/// </summary>
internal sealed class Drain(Hub hub, DrainOptions options, CancellationToken cut)
{
    /// <summary>How often it looks who has gone.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    private readonly long _began = hub.Time.GetTimestamp();
    private readonly Queue<Connection> _line = new();
    private readonly Queue<(Connection Client, TimeSpan At)> _told = new();
    private int _moved;
    private int _reset;

    private TimeSpan Now => hub.Time.GetElapsedTime(_began);

    private bool IsUnderWay => hub.ConnectionCount > 0 && Now < options.Deadline && !cut.IsCancellationRequested;

    public async Task<DrainResult> RunAsync()
    {
        while (IsUnderWay && Now < options.Notice)
        {
            await WaitUntilAsync(options.Notice);
        }

        var pace = new DrainPace(options.Rate, Now, Random.Shared);
        while (IsUnderWay)
        {
            await ResetOverdueAsync();
            if (_line.Count == 0)
            {
                await LineUpAsync();
            }

            if (pace.Due(Now, _line.Count) is var due and > 0)
            {
                pace.Went(await TellAsync(due), Now);
            }
            else
            {
                await WaitUntilAsync(_line.Count > 0 ? pace.Next : Now + s_look);
            }
        }

        var left = hub.ConnectionCount;
        if (left > 0)
        {
            await CutAsync();
        }

        return new DrainResult(_moved, _reset, left, Now);
    }

    /// <summary>At random, so that neither the clients of one loop nor those who came together go together.</summary>
    private async Task LineUpAsync()
    {
        var open = new List<Connection>();
        foreach (var some in await Task.WhenAll(hub.Loops.Select(FindOpenAsync)))
        {
            open.AddRange(some);
        }

        Random.Shared.Shuffle(CollectionsMarshal.AsSpan(open));
        open.ForEach(_line.Enqueue);
    }

    private static async Task<Connection[]> FindOpenAsync(EventLoop loop)
    {
        Connection[] open = [];
        await loop.PostAsync(() => open = [.. loop.FindOpen()]);
        return open;
    }

    /// <returns>How many of the next in the line were told; who went by itself meanwhile needs no turn.</returns>
    private async Task<int> TellAsync(int count)
    {
        var before = _moved;
        foreach (var clients in Enumerable.Range(0, count).Select(_ => _line.Dequeue()).GroupBy(c => c.Loop).ToArray())
        {
            await clients.Key.PostAsync(() =>
            {
                foreach (var client in clients)
                {
                    Tell(client);
                }
            });
        }

        hub.Metrics.Drained.Add(_moved - before);
        return _moved - before;
    }

    /// <summary>On the client's loop.</summary>
    private void Tell(Connection client)
    {
        if (client.State != ConnectionState.Open)
        {
            return;
        }

        client.Close(Disconnect.Shutdown);
        _moved++;
        if (client.State == ConnectionState.Closing)
        {
            _told.Enqueue((client, Now));
        }
        else
        {
            _reset++;
        }
    }

    private async Task ResetOverdueAsync()
    {
        while (_told.TryPeek(out var first) && (first.Client.Completion.IsCompleted || Now - first.At >= options.Patience))
        {
            _told.Dequeue();
            if (!first.Client.Completion.IsCompleted)
            {
                await first.Client.Loop.PostAsync(() => Reset(first.Client));
            }
        }
    }

    /// <summary>On the client's loop.</summary>
    private void Reset(Connection client)
    {
        if (client.State < ConnectionState.Aborting)
        {
            client.Abort(Disconnect.Shutdown);
            _reset++;
        }
    }

    private async Task CutAsync()
    {
        hub.IsCut = true;
        await Task.WhenAll(hub.Loops.Select(loop => loop.PostAsync(() => loop.CloseAll(Disconnect.Shutdown))));

        // The turn that closed them also sent what they took.
        await Task.WhenAll(hub.Loops.Select(loop => loop.PostAsync(() => loop.AbortAll(Disconnect.Shutdown))));
    }

    /// <summary>Or until it is time to look. Timers count whole milliseconds.</summary>
    private Task WaitUntilAsync(TimeSpan time)
    {
        var milliseconds = Math.Ceiling((time - Now).TotalMilliseconds);
        return Task.Delay(TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 1, s_look.TotalMilliseconds)), hub.Time);
    }
}
