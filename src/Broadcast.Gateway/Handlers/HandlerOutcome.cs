namespace Broadcast.Gateway;

/// <summary>What a handler made of a request: an answer, or an error and its sentence.</summary>
/// <param name="Answer">One JSON value, or null for none.</param>
internal readonly record struct HandlerOutcome(ReadOnlyMemory<byte>? Answer, ErrorCode? Error, string? Message)
{
    public static HandlerOutcome Answered(ReadOnlyMemory<byte>? answer) => new(answer, null, null);

    public static HandlerOutcome Refused(ErrorCode error, string? message = null) => new(null, error, message);
}
