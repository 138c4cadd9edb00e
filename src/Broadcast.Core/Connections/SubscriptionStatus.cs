namespace Broadcast.Core;

/// <summary>A subscription at one moment: the answer to "how far behind is it, and why did it not get that?".</summary>
internal sealed record SubscriptionStatus(
    string Room, string State, StreamPosition Position, StreamPosition Head, ulong Behind, bool IsPaused, bool IsParked, string LastDecision)
{
    /// <summary>On the subscription's loop.</summary>
    public static SubscriptionStatus Of(Subscription subscription)
    {
        var head = subscription.Room.Position;
        var position = subscription.State == SubscriptionState.Joining ? head : subscription.Position;
        var behind = position.Epoch == head.Epoch ? head.Offset - Math.Min(head.Offset, position.Offset) : head.Offset;
        return new SubscriptionStatus(
            subscription.Room.Name,
            subscription.State.ToString(),
            position,
            head,
            behind,
            subscription.IsPaused,
            subscription.Connection.IsParked,
            subscription.LastDecision.ToString());
    }
}
