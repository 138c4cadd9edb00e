namespace Broadcast.Server.Tests;

/// <summary>A test that needs the Akka.NET engine; skipped where the server is built without it.</summary>
public sealed class AkkaFactAttribute : FactAttribute
{
    public AkkaFactAttribute() => Skip = ActorEngine.Absence;
}
