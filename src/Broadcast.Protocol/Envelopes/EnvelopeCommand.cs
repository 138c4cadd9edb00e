using System.Diagnostics.CodeAnalysis;

namespace Broadcast.Protocol;

/// <summary>What a client with <c>envelope=1</c> asks for in a text frame.</summary>
/// <param name="Id">Given by the client to find the answer, 0 to 2^53; null if it wants none.</param>
internal abstract record EnvelopeCommand(long? Id)
{
    /// <summary>Reads one command, strictly: names that are unknown or come twice are refused, so that no misspelling passes for success.</summary>
    /// <param name="error">What is wrong, if the answer is false.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> text, [NotNullWhen(true)] out EnvelopeCommand? command, [NotNullWhen(false)] out CommandError? error)
    {
        var parser = new CommandParser(text);
        var refusal = parser.Parse(out command);
        error = refusal is null ? null : new CommandError(parser.Id, refusal);
        return command is not null;
    }
}
