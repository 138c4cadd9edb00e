namespace Broadcast.SystemTests;

/// <summary>A test that puts nginx in front of nodes, as docker/nginx.conf says.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NginxFactAttribute : FactAttribute
{
    public NginxFactAttribute() => Skip = Nginx.Program is null ? "This test needs nginx; install the package nginx." : null!;
}
