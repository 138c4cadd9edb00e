namespace Broadcast.Core.Tests.Rooms;

public sealed class PresenceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(30)]
    public void Members_and_users_are_counted_and_named_while_they_come_and_go_be_they_few_or_many(int most)
    {
        var presence = new Presence();
        var expected = new List<ClientInfo>();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < most; i++)
            {
                expected.Add(new ClientInfo($"client {i}", i % 3 == 0 ? "" : $"user {i % 5}"));
                Assert.Equal(expected.Count, presence.Add(expected[^1]));
                Check();
            }

            while (expected.Count > 0)
            {
                // Not those who came last, and not only those who came first.
                var leaving = expected[expected.Count / 2];
                expected.Remove(leaving);
                Assert.Equal(expected.Count, presence.Remove(leaving.Client));
                Check();
            }
        }

        void Check()
        {
            Assert.Equal(expected.Count, presence.Count);
            Assert.Equal(expected.Select(m => m.User).Distinct().Count(), presence.UserCount);
            Assert.Equal(expected.Select(m => m.User).Distinct().Order(), presence.Users(expected.Count)!.Order());
            Assert.Null(presence.Users(presence.UserCount - 1));
            Assert.Equal(expected.Select(m => m.Client).Order(), presence.Members(expected.Count)!.Select(m => m.Client).Order());
            Assert.Null(presence.Members(expected.Count - 1));
        }
    }

    [Fact]
    public void Who_leaves_without_having_come_changes_nothing()
    {
        var presence = new Presence();
        presence.Add(new ClientInfo("a", "u"));

        Assert.Equal(1, presence.Remove("b"));
        Assert.Equal(1, presence.UserCount);
    }
}
