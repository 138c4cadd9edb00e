using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>What is kept for users who are not there. The same on all nodes.</summary>
public sealed class MailboxOptions
{
    /// <summary>Marks kept of one mailbox: some for each time that it is emptied, of which the last ones count.</summary>
    internal const int MaxMarks = 64;

    /// <summary>Whether anything is kept. Default no: with it, every connection that has a user costs a read of the backplane.</summary>
    public bool Enabled { get; set; }

    /// <summary>Messages kept for one user. Default 100; beyond it the oldest are lost, and counted.</summary>
    [Range(1, 100_000)]
    public int MaxMessages { get; set; } = 100;

    /// <summary>Bytes of one message. Default 64 KiB; beyond it the sender is refused.</summary>
    [Range(1, 64 << 20)]
    public int MaxMessageBytes { get; set; } = 64 << 10;

    /// <summary>Bytes kept for one user, with overhead. Default 1 MiB; beyond it the oldest are lost, and counted.</summary>
    [Range(1_024, long.MaxValue)]
    public long MaxBytes { get; set; } = 1 << 20;

    /// <summary>How long a message is kept. Default 7 days.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long the node that hands a mailbox over may get no further until another one begins where it stopped; messages may come twice then. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Reads and marks of mailboxes that this node has under way at the backplane. Default 64; beyond it they wait.</summary>
    [Range(1, 100_000)]
    public int MaxReading { get; set; } = 64;

    /// <summary>How the backplane keeps the rooms that mailboxes are made of.</summary>
    /// <returns>Null for every other room.</returns>
    public RoomRule? RuleOf(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return room.StartsWith(Mailbox.Letters, StringComparison.Ordinal) ? Rule(MaxMessages, Math.Max(MaxBytes, MaxMessageBytes + 1_024L), MaxAge)
            : room.StartsWith(Mailbox.Marks, StringComparison.Ordinal) ? Rule(MaxMarks, MaxMarks << 10, MaxAge * 2)
            : null;
    }

    private static RoomRule Rule(int count, long bytes, TimeSpan age) => new() { History = new Bounds { MaxCount = count, MaxBytes = bytes, MaxAge = age } };
}
