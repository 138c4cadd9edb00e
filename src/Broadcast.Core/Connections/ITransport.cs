namespace Broadcast.Core;

/// <summary>How bytes reach one client. Touched by the connection's event loop only; it never blocks and never throws.</summary>
internal interface ITransport
{
    /// <summary>
    /// Reads what <see cref="TrySend"/> will read, so that it is in the processor's cache by then; loops call it for a few clients at once.
    /// What it returns means nothing, but keeps the reads from being left out.
    /// </summary>
    int Glance() => 0;

    /// <summary>Sends what it can take now. The bytes are the caller's again when it returns.</summary>
    /// <returns>How many bytes were taken: all, a part, or 0 if it would block; −1 if the client cannot be reached any more.</returns>
    int TrySend(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Sends all of it, however long it takes, and then calls <paramref name="sent"/> once, on any thread. Until then nothing else is
    /// called but <see cref="Abort"/>. The bytes must not change meanwhile. They may be empty: it then waits until it can take more.
    /// </summary>
    void SendRest(ReadOnlyMemory<byte> rest, IRestSent sent);

    /// <summary>All was sent: ends the sending side in an orderly way. Nothing is called afterwards.</summary>
    void Complete();

    /// <summary>Resets the connection, so that nothing queued for the client keeps memory. A pending rest fails soon after.</summary>
    void Abort();
}

/// <summary>Told when a rest was sent.</summary>
internal interface IRestSent
{
    /// <param name="succeeded">False if the client cannot be reached any more.</param>
    void RestSent(bool succeeded);
}
