namespace Broadcast.Core.Tests.Model;

/// <summary>One bug, as changes of a copy of the core.</summary>
public sealed record Mutant(string Name, params Mutation[] Mutations)
{
    public static readonly Mutant[] All =
    [
        new("a dropped wake-up", new Mutation(
            "Rooms/RoomMembers.cs",
            "if (room.Log.Head > target)",
            "if (!MUTATED && room.Log.Head > target)")),
        new(
            "the head read before joining",
            new Mutation(
                "Rooms/Room.cs",
                "members.Add(subscription);",
                $"if (MUTATED && _state == RoomState.Open) {{ {TwoTurnsLater("loop", "members.Add(subscription)")} }} else {{ members.Add(subscription); }}"),
            new Mutation(
                "Hubs/Hub.cs",
                "subscription.Members!.Remove(subscription);",
                $"if (MUTATED) {{ {TwoTurnsLater("connection.Loop", "subscription.Members!.Remove(subscription)")} }} else {{ subscription.Members!.Remove(subscription); }}")),
        new("bytes sent again after a partial write", new Mutation(
            "Loops/Outgoing.cs",
            "return frame.Bytes[sent..];",
            "return frame.Bytes[(MUTATED ? 0 : sent)..];")),
        new("a skip without a notice", new Mutation(
            "Connections/Subscription.cs",
            "(_detour ??= new Detour()).Tell(LogEntry.OfGap(new Gap(from, gap.To, reason), position), told);",
            "if (!MUTATED) { (_detour ??= new Detour()).Tell(LogEntry.OfGap(new Gap(from, gap.To, reason), position), told); }")),
        new("a delivery while Joining", new Mutation(
            "Connections/Subscription.cs",
            "else if (Room.State != RoomState.Opening)",
            "else if (MUTATED || Room.State != RoomState.Opening)")),
    ];

    /// <summary>When the drain that reads the head, and the one that the opening reply asks for, are over.</summary>
    private static string TwoTurnsLater(string loop, string does) =>
        $"{loop}.Post(new LoopAction(() => {loop}.Post(new LoopAction(() => {does}))));";

    public string Switch => $"Broadcast.Mutant {Name}";

    public void ApplyTo(string core)
    {
        foreach (var mutation in Mutations)
        {
            mutation.ApplyTo(core, $"(global::System.AppContext.TryGetSwitch(\"{Switch}\", out var mutated) && mutated)");
        }
    }
}
