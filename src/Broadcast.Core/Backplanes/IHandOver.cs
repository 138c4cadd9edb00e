namespace Broadcast.Core;

/// <summary>Where what is published to one room goes on this node. Any thread may call it; it never blocks and never throws.</summary>
public interface IHandOver
{
    void HandOver(StreamPosition position, Publication publication);

    void HandOver(Notice notice);
}
