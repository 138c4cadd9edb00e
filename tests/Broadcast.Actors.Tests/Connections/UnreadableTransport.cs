namespace Broadcast.Actors.Tests;

/// <summary>A client's end with a fault where no connection looks for one.</summary>
internal sealed class UnreadableTransport : ITransport
{
    public bool IsUnreadable { get; set; }

    public bool IsAborted { get; private set; }

    public int Glance() => IsUnreadable ? throw new InvalidOperationException("The test says no.") : 0;

    public int TrySend(ReadOnlySpan<byte> bytes) => bytes.Length;

    public void SendRest(ReadOnlyMemory<byte> rest, IRestSent sent) => throw new NotSupportedException("It takes everything at once.");

    public void Complete()
    {
    }

    public void Abort() => IsAborted = true;
}
