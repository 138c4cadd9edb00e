namespace Broadcast.Server;

/// <summary>
/// A node that its cluster has put out, since the others could not reach it, moves its clients to them and ends, for whatever runs it to start it anew. Any thread.
/// </summary>
internal sealed class PutOut(IHostApplicationLifetime lifetime)
{
    private volatile bool _isOut;

    public bool IsOut => _isOut;

    public void Stop(string reason)
    {
        _isOut = true;
        lifetime.StopApplication();
    }
}
