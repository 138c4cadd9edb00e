namespace Broadcast.SystemTests;

/// <summary>A test that starts the built node and asks /proc about it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SystemFactAttribute : FactAttribute
{
    public SystemFactAttribute() => Skip = OperatingSystem.IsLinux() ? null! : "This test reads /proc and sends signals, so it needs Linux.";
}
