namespace Broadcast.Testing;

/// <summary>A call that waits for its answer until a test gives one.</summary>
/// <param name="Answer">True: as things were when it was called; false: as they are now.</param>
/// <param name="Fail">With any exception; a backplane's own are <see cref="BackplaneException"/>.</param>
public sealed record HeldCall(BackplaneCall Call, string Room, Action<bool> Answer, Action<Exception> Fail);
