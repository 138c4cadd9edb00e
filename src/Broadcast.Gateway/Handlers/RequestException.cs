namespace Broadcast.Gateway;

/// <summary>Refuses a request: whoever asked is told the message, which is one sentence, and nothing is logged.</summary>
public sealed class RequestException : Exception
{
    /// <summary>The codes the Centrifuge protocol leaves to applications.</summary>
    private const int FirstCode = 400, LastCode = 1_999;

    /// <summary>Error 107, bad request.</summary>
    public RequestException(string message)
        : base(message) => Error = ErrorCode.BadRequest;

    /// <param name="code">The application's own: 400 to 1999.</param>
    /// <param name="isTemporary">The same request may succeed later.</param>
    public RequestException(int code, string message, bool isTemporary = false)
        : base(message)
    {
        if (code is < FirstCode or > LastCode)
        {
            throw new ArgumentOutOfRangeException(nameof(code), code, $"An application's error has a code from {FirstCode} to {LastCode}.");
        }

        Error = new ErrorCode(code, message, isTemporary);
    }

    /// <summary>What the client is told, besides the message.</summary>
    public ErrorCode Error { get; }
}
