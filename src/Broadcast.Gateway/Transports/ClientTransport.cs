namespace Broadcast.Gateway;

/// <summary>A transport that a request ends in an orderly way, after the event loop let go of it.</summary>
internal abstract class ClientTransport : ITransport
{
    /// <summary>What was taken but is still on its way; ends when it is through or the client is gone. Not on the loop.</summary>
    public virtual Task Flushed => Task.CompletedTask;

    public virtual int Glance() => 0;

    public abstract int TrySend(ReadOnlySpan<byte> bytes);

    public abstract void SendRest(ReadOnlyMemory<byte> rest, IRestSent sent);

    public virtual void Complete()
    {
        // The request delegate returns after this, which ends the response or the connection.
    }

    public abstract void Abort();
}
