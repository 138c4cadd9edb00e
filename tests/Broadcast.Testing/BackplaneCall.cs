namespace Broadcast.Testing;

/// <summary>What a node asks of a backplane and has to wait for.</summary>
public enum BackplaneCall
{
    Publish,
    Subscribe,
    Unsubscribe,
    Read,
}
