namespace Broadcast.Actors.Tests;

public sealed class MajorityTests
{
    private readonly ManualTime _time = new();
    private readonly Majority _majority;

    public MajorityTests()
    {
        _majority = new Majority(new AkkaOptions { Lease = TimeSpan.FromSeconds(3), MaxUntaken = 1 << 20 }, _time);
    }

    [Fact]
    public void A_node_refuses_until_it_has_joined()
    {
        Assert.Contains("not joined", _majority.Refusal, StringComparison.Ordinal);
        Assert.False(_majority.First.IsCompleted);
        _majority.Prove(_time.GetTimestamp(), 0);
        Assert.Null(_majority.Refusal);
        Assert.True(_majority.First.IsCompletedSuccessfully);
    }

    [Fact]
    public void What_was_proved_holds_for_the_time_of_the_lease()
    {
        _majority.Prove(_time.GetTimestamp(), 0);
        _majority.Explain("This node reaches 1 of 3 nodes.");
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Null(_majority.Refusal);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("This node reaches 1 of 3 nodes.", _majority.Refusal);
    }

    [Fact]
    public void What_a_node_alone_may_for_ever_it_may_for_a_lease_once_others_have_come()
    {
        _majority.Prove(long.MaxValue, 0);
        _time.Advance(TimeSpan.FromDays(1_000));
        Assert.Null(_majority.Refusal);

        _majority.NoLongerAlone(_time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(2));
        _majority.NoLongerAlone(_time.GetTimestamp());
        Assert.Null(_majority.Refusal);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(_majority.Refusal);
    }

    [Fact]
    public void A_proof_that_took_longer_than_the_lease_is_none()
    {
        var asked = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(20));
        _majority.Prove(asked, 0);
        Assert.NotNull(_majority.Refusal);
    }

    [Fact]
    public void Who_was_put_out_refuses_for_good()
    {
        _majority.End("put out");
        _majority.Prove(_time.GetTimestamp(), 0);
        _majority.Explain("something else");
        Assert.Equal("put out", _majority.Refusal);
    }

    [Fact]
    public void What_was_handed_over_and_not_taken_is_bounded()
    {
        Assert.False(_majority.HandOver(1_000));
        Assert.True(_majority.HandOver(1 << 20));
        Assert.True(_majority.IsFull);
        _majority.Prove(_time.GetTimestamp(), 1_000);
        Assert.Equal(1 << 20, _majority.Untaken);
        Assert.False(_majority.IsFull);
    }
}
