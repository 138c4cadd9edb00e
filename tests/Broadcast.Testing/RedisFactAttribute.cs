namespace Broadcast.Testing;

/// <summary>A test that starts a redis-server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute() => Skip = RedisServer.IsInstalled ? null! : "This test needs redis-server; install the package of that name.";
}
