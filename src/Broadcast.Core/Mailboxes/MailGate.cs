namespace Broadcast.Core;

/// <summary>
/// Stands before what one client is sent outside of rooms, and is closed until the client has been told that it is connected, and as long as letters of its user
/// may have to go first. Touched by the client's event loop only.
/// </summary>
internal sealed class MailGate(Connection connection)
{
    /// <summary>Letters remembered that the client got although they are in the mailbox by now; the oldest is forgotten first.</summary>
    private const int MaxRemembered = 64;

    private readonly Queue<string> _had = new();
    private readonly List<(string? Letter, ReadOnlyMemory<byte> Message)> _held = [];
    private int _bytes;
    private int _closed;
    private bool _isOpen = connection is { IsGreeted: true, HasMailbox: false };

    /// <summary>Sends it, at once or when the gate opens.</summary>
    /// <param name="letter">What it will be in the mailbox if no client has it; null if it is not kept.</param>
    /// <returns>Whether the client has it, or will have it; one that is kept must not be given up for that.</returns>
    public bool Send(ReadOnlyMemory<byte> message, string? letter)
    {
        if (connection.State != ConnectionState.Open)
        {
            return false;
        }

        if (!_isOpen && IsFullFor(message) && connection is { IsGreeted: true, IsParked: false })
        {
            // A client that reads does not pay for letters that are long in coming: rather are they late.
            Open();
            connection.Drain();
        }

        if (_isOpen)
        {
            connection.Reply(message);
            if (letter is not null)
            {
                Remember(letter);
            }
        }
        else if (IsFullFor(message))
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

    /// <param name="closed">As <see cref="Close"/> gave it.</param>
    public void Open(int closed)
    {
        if (closed == _closed)
        {
            Open();
        }
    }

    public void Open()
    {
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

    /// <returns>Whether the client has that letter although it is not from its mailbox, or will have it.</returns>
    public bool Has(string letter) => _had.Contains(letter) || _held.Exists(h => h.Letter == letter);

    /// <summary>Gives the client a letter of its mailbox, unless it has had it already.</summary>
    /// <returns>Whether it is given now.</returns>
    public bool HandOver(string letter, ReadOnlyMemory<byte> message)
    {
        if (_had.Contains(letter))
        {
            return false;
        }

        connection.Reply(message);
        if (_held.FindIndex(h => h.Letter == letter) is >= 0 and var at)
        {
            _bytes -= _held[at].Message.Length;
            _held.RemoveAt(at);
        }

        return true;
    }

    private bool IsFullFor(ReadOnlyMemory<byte> message) => _bytes + message.Length > connection.ReplyRoom;

    /// <summary>Who sent it may not know, or not in time, that the client has it, and keeps it.</summary>
    private void Remember(string letter)
    {
        _had.Enqueue(letter);
        if (_had.Count > MaxRemembered)
        {
            _had.Dequeue();
        }
    }
}
