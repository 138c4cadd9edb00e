namespace Broadcast.Core.Tests.Sources;

/// <summary>A promise that holds on Linux only, because it needs what the kernel shows in <c>/proc</c>.</summary>
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "Needs Linux's /proc.";
}
