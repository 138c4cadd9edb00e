namespace Broadcast.Actors.Tests;

public sealed class VotesTests
{
    private readonly Votes<string> _votes = new();

    [Fact]
    public void A_node_alone_is_its_own_majority_for_ever() => Assert.Equal(long.MaxValue, _votes.Proved([], null, 5));

    [Theory]
    [InlineData("b", null, null)]
    [InlineData("b,c", "b", 10L)]
    [InlineData("b,c,d", "b", null)]
    [InlineData("b,c,d,e", "b,c", 10L)]
    [InlineData("b,c,d,e", "b", null)]
    public void More_than_half_of_all_are_a_majority(string others, string? answer, long? proved)
    {
        var number = _votes.Send(10, 0);
        foreach (var node in answer?.Split(',') ?? [])
        {
            _votes.Answered(node, number);
        }

        Assert.Equal(proved, _votes.Proved(others.Split(','), "z", 20));
    }

    [Fact]
    public void Of_two_halves_the_one_with_the_first_node_counts()
    {
        var number = _votes.Send(10, 0);
        Assert.Equal(20, _votes.Proved(["b"], null, 20));
        Assert.Null(_votes.Proved(["b", "c", "d"], null, 20));
        _votes.Answered("b", number);
        Assert.Equal(10, _votes.Proved(["b", "c", "d"], null, 20));
        Assert.Equal(10, _votes.Proved(["b", "c", "d"], "b", 20));
        Assert.Null(_votes.Proved(["b", "c", "d"], "c", 20));
    }

    [Fact]
    public void What_is_proved_is_proved_of_when_it_was_asked_and_not_of_when_it_was_answered()
    {
        var first = _votes.Send(10, 0);
        var second = _votes.Send(20, 0);
        _votes.Answered("b", first);
        _votes.Answered("c", second);

        Assert.Equal(20, _votes.Proved(["b", "c"], "b", 30));
        Assert.Equal(10, _votes.Proved(["b", "c", "d", "e"], "b", 30));
        _votes.Answered("b", second);
        _votes.Answered("b", first);
        Assert.Equal(20, _votes.Proved(["b", "c", "d", "e"], "b", 30));
    }

    [Fact]
    public void An_answer_to_a_ping_that_is_long_forgotten_or_was_never_sent_proves_nothing()
    {
        var first = _votes.Send(10, 0);
        for (var i = 0; i < 100; i++)
        {
            _votes.Send(20, 0);
        }

        _votes.Answered("b", first);
        _votes.Answered("b", 5_000);

        Assert.Null(_votes.Proved(["b", "c"], "c", 30));
    }

    [Fact]
    public void Taken_is_what_the_slowest_has_shown_to_have_taken_and_who_left_holds_nobody_up()
    {
        var first = _votes.Send(10, 100);
        var second = _votes.Send(20, 200);
        _votes.Answered("b", second);
        Assert.Equal(0, _votes.Taken(["b", "c"], 300));
        _votes.Answered("c", first);
        Assert.Equal(100, _votes.Taken(["b", "c"], 300));
        _votes.Keep(["b"]);
        Assert.Equal(200, _votes.Taken(["b"], 300));
        Assert.Equal(300, _votes.Taken([], 300));
    }
}
