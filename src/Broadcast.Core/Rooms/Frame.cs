namespace Broadcast.Core;

/// <summary>An entry's bytes in one wire format. Immutable, shared by everybody who sends them.</summary>
/// <param name="Bytes">Empty where the format has nothing to say.</param>
/// <param name="Then">Why the connection ends once these bytes are sent, or null. The bytes are then the last ones.</param>
/// <param name="EndsSubscription">Whether the subscription ends once these bytes are sent.</param>
internal sealed record Frame(ReadOnlyMemory<byte> Bytes, Disconnect? Then = null, bool EndsSubscription = false)
{
    /// <summary>Whether nothing may follow for this subscription.</summary>
    public bool IsLast => Then is not null || EndsSubscription;

    public static readonly Frame Empty = new(ReadOnlyMemory<byte>.Empty);
}
