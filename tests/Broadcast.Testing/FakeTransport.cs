using System.Buffers;

namespace Broadcast.Testing;

/// <summary>
/// A client's end that takes what a test lets it take, and notes every breach of what <see cref="ITransport"/> promises. One thread.
/// </summary>
internal sealed class FakeTransport : ITransport
{
    private readonly ArrayBufferWriter<byte> _received = new();
    private readonly List<string> _breaches = [];
    private ReadOnlyMemory<byte> _rest;
    private byte[] _restAsGiven = [];
    private IRestSent? _sent;

    /// <summary>Bytes that the coming sends take together before it blocks. Rests are not counted; the test says when they are through.</summary>
    public int Capacity { get; set; } = int.MaxValue;

    /// <summary>The next send, or the end of the rest, says that the client cannot be reached.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Whether received bytes are kept; otherwise they are only counted.</summary>
    public bool Keeps { get; init; } = true;

    /// <summary>Happens once, inside the next send: what other threads do meanwhile.</summary>
    public Action? Meanwhile { get; set; }

    /// <summary>A rest was given and is not through yet.</summary>
    public bool HasRest => _sent is not null;

    public int RestLength => _rest.Length;

    public bool IsCompleted { get; private set; }

    public bool IsAborted { get; private set; }

    /// <summary>Calls of <see cref="TrySend"/>.</summary>
    public int Sends { get; private set; }

    public long ReceivedBytes { get; private set; }

    public ReadOnlyMemory<byte> Received => _received.WrittenMemory;

    /// <summary>What its user did that a transport must not be asked to do.</summary>
    public IReadOnlyList<string> Breaches => _breaches;

    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        Expect("TrySend", bytes.Length > 0, "with no bytes");
        Expect("TrySend", !HasRest, "while a rest was pending");
        ExpectNotEnded("TrySend");
        Sends++;
        var (meanwhile, taken) = (Meanwhile, Math.Min(bytes.Length, Capacity));
        Meanwhile = null;
        meanwhile?.Invoke();
        if (IsBroken)
        {
            return -1;
        }

        Capacity -= Capacity == int.MaxValue ? 0 : taken;
        Receive(bytes[..taken]);
        return taken;
    }

    public void SendRest(ReadOnlyMemory<byte> rest, IRestSent sent)
    {
        Expect("SendRest", !HasRest, "while a rest was pending");
        ExpectNotEnded("SendRest");
        (_rest, _restAsGiven, _sent) = (rest, rest.ToArray(), sent);
    }

    public void Complete()
    {
        Expect("Complete", !HasRest, "while a rest was pending");
        ExpectNotEnded("Complete");
        IsCompleted = true;
    }

    public void Abort()
    {
        ExpectNotEnded("Abort");
        IsAborted = true;
    }

    /// <summary>The rest is through; or has failed, if the client is broken or was reset.</summary>
    public void FinishRest()
    {
        if (_sent is not { } sent)
        {
            return;
        }

        Expect("SendRest", _rest.Span.SequenceEqual(_restAsGiven), "with bytes that were changed before they were sent");
        var succeeds = !IsBroken && !IsAborted;
        if (succeeds)
        {
            Receive(_rest.Span);
        }

        (_rest, _sent) = (default, null);
        sent.RestSent(succeeds);
    }

    /// <summary>Takes everything from now on, the rest first.</summary>
    public void Unblock()
    {
        Capacity = int.MaxValue;
        FinishRest();
    }

    private void Receive(ReadOnlySpan<byte> bytes)
    {
        ReceivedBytes += bytes.Length;
        if (Keeps)
        {
            _received.Write(bytes);
        }
    }

    private void ExpectNotEnded(string call)
    {
        Expect(call, !IsCompleted, "after Complete");
        Expect(call, !IsAborted, "after Abort");
    }

    private void Expect(string call, bool holds, string otherwise)
    {
        if (!holds)
        {
            _breaches.Add($"{call} was called {otherwise}.");
        }
    }
}
