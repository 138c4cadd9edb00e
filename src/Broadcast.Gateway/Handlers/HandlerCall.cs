namespace Broadcast.Gateway;

/// <summary>What the parameters of a handler are filled from.</summary>
/// <param name="Request">What was read from the client's data; null if the handler takes none.</param>
/// <param name="Services">Those of a scope of its own.</param>
internal sealed record HandlerCall(IConnection Connection, object? Request, IServiceProvider Services, CancellationToken Cancellation);
