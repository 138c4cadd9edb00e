using System.Text.Json;

namespace Broadcast.Core.Tests.Mailboxes;

/// <summary>Whoever reads the marks of a mailbox comes to the same.</summary>
public sealed class MailMarksTests
{
    private static readonly StreamPosition s_two = new("e", 2);
    private static readonly StreamPosition s_five = new("e", 5);

    private readonly MailMark _first = new("first", "a");
    private readonly MailMark _second = new("second", "b");

    [Fact]
    public void Of_claims_of_the_same_moment_the_earlier_one_counts()
    {
        Assert.Equal(_first, Marks(_first, _second).Claim);
        Assert.Equal(_first, Marks(_first, _first, _second, _second.Reached(null, isEnd: true)).Claim);
    }

    [Fact]
    public void A_claim_that_is_over_makes_room_for_the_next_one()
    {
        var marks = Marks(_first, _first.Reached(s_two, isEnd: false), _first.Reached(s_five, isEnd: true), _second);

        Assert.Equal((_second, s_five), (marks.Claim, marks.HandedOver));
        Assert.False(marks.Leaves(s_five));
        Assert.True(marks.Leaves(new("e", 6)));
        Assert.True(marks.Leaves(new("another", 1)));
    }

    [Fact]
    public void A_claim_takes_the_place_of_the_one_it_names_and_of_no_other()
    {
        Assert.Equal(_second with { Over = "first" }, Marks(_first, _second with { Over = "first" }).Claim);
        Assert.Equal(_first, Marks(_first, _second with { Over = "zeroth" }).Claim);
    }

    [Fact]
    public void What_was_handed_over_by_who_was_taken_for_gone_counts_and_nothing_goes_back()
    {
        var over = _second with { Over = "first" };

        Assert.Equal(s_five, Marks(_first, over, _first.Reached(s_five, isEnd: true)).HandedOver);
        Assert.Equal(over, Marks(_first, over, _first.Reached(s_five, isEnd: true)).Claim);
        Assert.Equal(s_five, Marks(_first, over, _first.Reached(s_five, isEnd: true), over.Reached(s_two, isEnd: false)).HandedOver);
    }

    [Fact]
    public void Marks_of_another_form_are_passed_over()
    {
        var strange = new StoredPublication(1, Publication.Text("?"));

        Assert.Equal(_first, MailMarks.Of([strange, Stored(_first, 2)]).Claim);
    }

    private static MailMarks Marks(params MailMark[] marks) => MailMarks.Of(marks.Select((m, i) => Stored(m, (ulong)i + 1)));

    private static StoredPublication Stored(MailMark mark, ulong offset) =>
        new(offset, new Publication(JsonSerializer.SerializeToUtf8Bytes(mark, NodeJson.Default.MailMark), ContentKind.Json));
}
