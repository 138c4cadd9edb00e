namespace Broadcast.Core;

/// <summary>
/// Stands before what one client is sent, and is closed as long as letters of its user may have to go first. Touched by the client's event loop only.
/// </summary>
internal sealed class MailGate(Connection connection)
{
    /// <summary>Letters remembered that the client got although they are in the mailbox by now; the oldest is forgotten first.</summary>
    private const int MaxRemembered = 64;

    private readonly Queue<string> _had = new();
    private readonly List<(string? Letter, ReadOnlyMemory<byte> Message)> _held = [];
    private int _bytes;
    private int _closed;
    private bool _isOpen;

    /// <summary>Sends it, at once or when the gate opens.</summary>
    /// <param name="letter">What it will be in the mailbox if no client has it; null if it is not kept.</param>
    /// <returns>Whether the client has it, or will have it; one that is kept must not be given up for that.</returns>
    public bool Send(ReadOnlyMemory<byte> message, string? letter)
    {
        if (_isOpen)
        {
            connection.Reply(message);
        }
        else if (_bytes + message.Length > connection.ReplyRoom)
        {
            connection.Overflow();
        }
        else
        {
            _held.Add((letter, message));
            _bytes += message.Length;
            return letter is null;
        }

        return connection.State == ConnectionState.Open;
    }

    /// <returns>What opens it again, unless it is closed once more meanwhile.</returns>
    public int Close()
    {
        _isOpen = false;
        return ++_closed;
    }

    public void Open(int closed)
    {
        if (closed != _closed)
        {
            return;
        }

        _isOpen = true;
        foreach (var (letter, message) in _held)
        {
            connection.Reply(message);
            if (letter is not null)
            {
                Remember(letter);
            }
        }

        _held.Clear();
        _bytes = 0;
    }

    /// <summary>Gives the client a letter of its mailbox, unless it has had it already.</summary>
    public void HandOver(string letter, ReadOnlyMemory<byte> message)
    {
        if (_had.Contains(letter))
        {
            return;
        }

        connection.Reply(message);
        if (_held.FindIndex(h => h.Letter == letter) is >= 0 and var at)
        {
            _bytes -= _held[at].Message.Length;
            _held.RemoveAt(at);
        }
    }

    /// <summary>Who sent it does not know that the client has it, and keeps it.</summary>
    private void Remember(string letter)
    {
        _had.Enqueue(letter);
        if (_had.Count > MaxRemembered)
        {
            _had.Dequeue();
        }
    }
}
