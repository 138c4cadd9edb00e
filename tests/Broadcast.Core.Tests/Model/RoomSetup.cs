namespace Broadcast.Core.Tests.Model;

/// <summary>A room small enough that everything happens to it.</summary>
public sealed record RoomSetup(FallingBehind FallingBehind, int MaxBehind, int Window, int History, int MaxAge, bool JoinLeave)
{
    public RoomRule ToRule() => new()
    {
        FallingBehind = FallingBehind,
        MaxBehind = MaxBehind,
        Window = new Bounds { MaxCount = Window, MaxAge = TimeSpan.FromSeconds(MaxAge) },
        History = new Bounds { MaxCount = Math.Max(Window, History) },
        JoinLeave = JoinLeave,
    };
}
