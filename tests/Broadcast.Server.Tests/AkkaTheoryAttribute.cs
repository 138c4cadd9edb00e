namespace Broadcast.Server.Tests;

/// <summary>A theory that needs the Akka.NET engine; skipped where the server is built without it.</summary>
public sealed class AkkaTheoryAttribute : TheoryAttribute
{
    public AkkaTheoryAttribute() => Skip = ActorEngine.Absence;
}
