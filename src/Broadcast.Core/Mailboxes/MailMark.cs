namespace Broadcast.Core;

/// <summary>Says in the backplane that somebody hands a mailbox over, how far that has come, or that it is done.</summary>
/// <param name="Claim">Whose mark it is: one attempt of one node.</param>
/// <param name="Node">The id of that node.</param>
internal sealed record MailMark(string Claim, string Node)
{
    /// <summary>The claim whose place this one takes, since who made it has gone.</summary>
    public string? Over { get; init; }

    /// <summary>The history of letters that <see cref="Offset"/> is of; null as long as none was handed over.</summary>
    public string? Epoch { get; init; }

    /// <summary>The newest letter that was handed over, or is lost.</summary>
    public ulong Offset { get; init; }

    /// <summary>The attempt is over.</summary>
    public bool IsEnd { get; init; }

    public MailMark Reached(StreamPosition? at, bool isEnd) => this with { Epoch = at?.Epoch, Offset = at?.Offset ?? 0, IsEnd = isEnd };
}
