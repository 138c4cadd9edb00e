namespace Broadcast.Load;

/// <summary>A client's end that says when something came. Touched by its event loop.</summary>
internal sealed class Arrivals : ITransport
{
    public TaskCompletionSource Next { get; set; } = new();

    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        Next.TrySetResult();
        return bytes.Length;
    }

    public void SendRest(ReadOnlyMemory<byte> rest, IRestSent sent) => throw new NotSupportedException("It takes everything at once.");

    public void Complete()
    {
    }

    public void Abort()
    {
    }
}
