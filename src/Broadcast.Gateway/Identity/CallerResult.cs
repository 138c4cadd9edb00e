namespace Broadcast.Gateway;

/// <summary>What came of asking who a caller is.</summary>
internal readonly record struct CallerResult
{
    private static readonly Caller s_unknown = new();

    private readonly Caller? _caller;

    private CallerResult(Caller? caller, ErrorCode? error) => (_caller, Error) = (caller, error);

    public static CallerResult Invalid { get; } = new(null, ErrorCode.Unauthorized);

    public static CallerResult Expired { get; } = new(null, ErrorCode.TokenExpired);

    /// <summary>What was wrong with what it proved itself by; nothing more is told.</summary>
    public ErrorCode? Error { get; }

    /// <summary>The caller; one without any proof if there was an error.</summary>
    public Caller Caller => _caller ?? s_unknown;

    public Refusal? Refusal => Error is null ? null : Refusal.Unauthorized(Error);

    public static CallerResult Of(Caller caller) => new(caller, null);
}
