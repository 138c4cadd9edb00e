namespace Broadcast.Core;

/// <summary>How the loops of a room's members hear that it has news, where they are too many to be told one by one.</summary>
internal interface IRoomNews
{
    /// <summary>On the loop, which is told from now on.</summary>
    /// <returns>Where its member is added next.</returns>
    RoomMembers Join(EventLoop loop);

    /// <summary>On the loop, after its only member left.</summary>
    void Leave(RoomMembers members);

    /// <summary>Any thread; never waits. Every loop of a member looks at the room's log at least once afterwards.</summary>
    void Tell();

    /// <summary>The room is closed. Those who are still in it have been told.</summary>
    void Close();
}
