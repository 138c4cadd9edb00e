namespace Broadcast.Core;

/// <summary>The backplane cannot do it now. The message is one sentence for an operator.</summary>
public sealed class BackplaneException : Exception
{
    public BackplaneException(string message)
        : base(message)
    {
    }

    public BackplaneException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public BackplaneException()
    {
    }
}
