namespace Broadcast.Gateway;

/// <summary>What a client asks the application, and how its path answers. Any thread may answer it; the first answer counts.</summary>
/// <param name="data">One JSON value of its own bytes, or null.</param>
internal abstract class HandlerRequest(string name, ReadOnlyMemory<byte>? data)
{
    /// <summary>What a request costs besides its data; a round figure for bounds, not a measurement.</summary>
    private const int Overhead = 256;

    private int _isAnswered;

    public string Name => name;

    public ReadOnlyMemory<byte>? Data => data;

    /// <summary>What it is counted with against bounds in bytes.</summary>
    public int Cost => Overhead + (data?.Length ?? 0);

    /// <returns>Whether this answer is the first.</returns>
    public bool TryAnswer() => Interlocked.Exchange(ref _isAnswered, 1) == 0;

    /// <returns>A frame; empty if the client wants no answer.</returns>
    public abstract ReadOnlyMemory<byte> Result(ReadOnlyMemory<byte>? answer);

    /// <param name="message">One sentence; by default the code's own.</param>
    public abstract ReadOnlyMemory<byte> Error(ErrorCode code, string? message);
}
