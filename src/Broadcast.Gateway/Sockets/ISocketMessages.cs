namespace Broadcast.Gateway;

/// <summary>What the messages of a socket's client mean. Called by the one task that reads from it, which waits for each.</summary>
internal interface ISocketMessages
{
    /// <param name="opcode">Text or binary; text is valid UTF-8.</param>
    /// <param name="message">Not to be kept.</param>
    ValueTask TakeAsync(Opcode opcode, ReadOnlyMemory<byte> message);

    /// <summary>All that came together was taken.</summary>
    /// <returns>Ends when more may be taken.</returns>
    ValueTask TakenAsync() => ValueTask.CompletedTask;

    /// <summary>There are no more.</summary>
    void End()
    {
    }
}
