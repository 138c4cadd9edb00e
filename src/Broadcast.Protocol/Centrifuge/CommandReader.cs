using System.Diagnostics.CodeAnalysis;

namespace Broadcast.Protocol;

/// <summary>
/// Reads the commands of one frame, one a line, in the JSON of the Centrifuge protocol. Has one caller at a time. Commands before a
/// bad one are given before it is found.
/// </summary>
/// <param name="frame">Read as commands are asked for; they keep nothing of it.</param>
internal sealed class CommandReader(ReadOnlyMemory<byte> frame)
{
    private ReadOnlyMemory<byte> _rest = frame;
    private bool _hasCommand;

    /// <summary>How to end the connection, once the client sent what it must not; nothing is read afterwards.</summary>
    public Disconnect? Violation { get; private set; }

    /// <returns>False at the end of the frame and after a violation.</returns>
    public bool TryRead([NotNullWhen(true)] out ClientCommand? command)
    {
        command = null;
        while (!_rest.IsEmpty)
        {
            var line = NextLine();
            if (line.IsEmpty)
            {
                continue;
            }

            _hasCommand = true;
            if (new ClientCommandParser(line).TryParse(out command))
            {
                return true;
            }

            _rest = default;
            Violation = Disconnect.BadRequest;
        }

        if (!_hasCommand)
        {
            Violation = Disconnect.BadRequest;
        }

        return false;
    }

    private ReadOnlySpan<byte> NextLine()
    {
        var end = _rest.Span.IndexOf((byte)'\n');
        var line = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[(end + 1)..];
        return line.Span.Trim(" \t\r"u8);
    }
}
