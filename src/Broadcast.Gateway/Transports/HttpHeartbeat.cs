using Microsoft.AspNetCore.Connections.Features;

namespace Broadcast.Gateway;

/// <summary>
/// Hands the beats by which Kestrel measures time-outs on to HTTP, until that has ended: a connection never forgets who asked for its
/// beats, and would keep all of HTTP's memory. HTTP asks before its first request; any thread may beat.
/// </summary>
internal sealed class HttpHeartbeat(IConnectionHeartbeatFeature below) : IConnectionHeartbeatFeature
{
    private Action? _beat;

    public void OnHeartbeat(Action<object> action, object state)
    {
        if (_beat is null)
        {
            below.OnHeartbeat(static h => Volatile.Read(ref ((HttpHeartbeat)h)._beat)?.Invoke(), this);
        }

        Volatile.Write(ref _beat, _beat + (() => action(state)));
    }

    public void End() => Volatile.Write(ref _beat, null);
}
