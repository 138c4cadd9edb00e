using System.Buffers;
using System.Text;

namespace Broadcast.Testing;

/// <summary>What a client is told, as lines that <see cref="TestFrame"/> reads.</summary>
internal sealed class TestDialect : Dialect
{
    /// <summary>Says everything, from shared bytes only.</summary>
    public static readonly TestDialect Full = new();

    /// <summary>Puts something of the client's own before each frame.</summary>
    public static readonly TestDialect Decorating = new() { DecoratesEach = true };

    /// <summary>Ends at a gap, and is not told of those that a rule makes by design.</summary>
    public static readonly TestDialect Bare = new() { EntryFormat = TestFormat.Bare, TellsGapsByDesign = false };

    /// <summary>As <see cref="Full"/>, and a client that is silent for too long is gone.</summary>
    public static readonly TestDialect Ponging = new() { WantsSignsOfLife = true };

    /// <summary>As <see cref="Full"/>, but throws when it is asked for a heartbeat.</summary>
    public static readonly TestDialect Faulty = new() { IsFaulty = true };

    [ThreadStatic]
    private static Action? t_meanwhile;

    /// <summary>
    /// On this thread: happens once, when the next subscription is told that it is in its room, or the next frame is decorated; what other
    /// threads do at that moment.
    /// </summary>
    public static Action? Meanwhile
    {
        get => t_meanwhile;
        set => t_meanwhile = value;
    }

    public override string Name => "test";

    public override WireFormat Format => EntryFormat;

    public override ReadOnlyMemory<byte> Heartbeat =>
        IsFaulty ? throw new InvalidOperationException("The test says no.") : TestFrame.Encode("ping");

    public override bool ExpectsSignsOfLife => WantsSignsOfLife;

    public override bool TellsGapsOfRule => TellsGapsByDesign;

    public override bool TakesRooms => EntryFormat == TestFormat.Full;

    public override bool Decorates => DecoratesEach;

    private TestFormat EntryFormat { get; init; } = TestFormat.Full;

    private bool WantsSignsOfLife { get; init; }

    private bool IsFaulty { get; init; }

    private bool TellsGapsByDesign { get; init; } = true;

    private bool DecoratesEach { get; init; }

    public override ReadOnlyMemory<byte> Close(Disconnect disconnect)
    {
        ArgumentNullException.ThrowIfNull(disconnect);
        return TestFrame.Encode("close", disconnect.Code);
    }

    public override ReadOnlyMemory<byte> Message(ReadOnlyMemory<byte> data, ContentKind kind) =>
        TestFrame.Encode("reply", Encoding.UTF8.GetString(data.Span));

    public override void Subscribed(Connection connection, Subscription subscription)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(subscription);
        LetHappen();
        connection.Reply(TestFrame.Encode("open", subscription.Room.Name, subscription.Position));
        connection.Greeted();
    }

    public override void Decorate(Connection connection, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(connection);
        LetHappen();
        var before = TestFrame.Encode("@" + string.Join(',', connection.Subscriptions.Select(s => $"{s.Room.Name}={s.Offered}")));
        before[^1] = (byte)' ';
        output.Write(before);
    }

    private static void LetHappen()
    {
        var meanwhile = Meanwhile;
        Meanwhile = null;
        meanwhile?.Invoke();
    }
}
