namespace Broadcast.Core;

/// <summary>What a backplane calls. Any thread may call it; it never blocks and never throws.</summary>
public interface IHandOver
{
    void HandOver(string room, StreamPosition position, Publication publication);

    void HandOver(string room, Notice notice);

    /// <summary>Hand-overs may have been lost (a connection broke and is back): every room compares positions at once.</summary>
    void MayHaveLost();
}
