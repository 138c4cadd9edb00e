using System.Text.Json;

namespace Broadcast.Core;

/// <summary>
/// What the marks of a mailbox come to, one after the other: every node that reads them comes to the same. A claim counts if there is no other at the time,
/// or if it takes the place of that one. Immutable.
/// </summary>
/// <param name="HandedOver">The newest letter that was handed over, or is lost; null for none.</param>
/// <param name="Claim">The mark that began the attempt under way; null if there is none.</param>
internal sealed record MailMarks(StreamPosition? HandedOver, MailMark? Claim)
{
    public static readonly MailMarks None = new(null, null);

    /// <returns>Marks of a form that this version does not know are passed over.</returns>
    public static MailMarks Of(IEnumerable<StoredPublication> marks) => marks.Select(m => Read(m.Publication)).OfType<MailMark>().Aggregate(None, Add);

    /// <summary>Whether a mailbox whose newest letter stands there has some that were not handed over.</summary>
    public bool Leaves(StreamPosition top) => top.Offset > OffsetIn(top.Epoch);

    /// <returns>The newest letter of that history that was handed over; 0 for none.</returns>
    public ulong OffsetIn(string epoch) => HandedOver is { } at && at.Epoch == epoch ? at.Offset : 0;

    private static MailMarks Add(MailMarks before, MailMark mark)
    {
        // Who was taken for gone and is not has handed over all the same.
        var at = mark.Epoch is { } epoch && mark.Offset > before.OffsetIn(epoch) ? new StreamPosition(epoch, mark.Offset) : before.HandedOver;
        var claim = before.Claim?.Claim;
        return mark.Claim == claim ? new MailMarks(at, mark.IsEnd ? null : before.Claim)
            : !mark.IsEnd && mark.Epoch is null && (claim is null || claim == mark.Over) ? new MailMarks(at, mark)
            : before with { HandedOver = at };
    }

    private static MailMark? Read(Publication mark)
    {
        try
        {
            return JsonSerializer.Deserialize(mark.Data.Span, NodeJson.Default.MailMark);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
