using System.Runtime.Serialization;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace Broadcast.Actors.Tests;

public sealed class WireSerializerTests : TestKit
{
    private static readonly StreamPosition s_position = new("epoch", ulong.MaxValue);

    private readonly WireSerializer _serializer;

    public WireSerializerTests()
        : base(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", "node.conf")) + "\nakka.actor.provider = local\nakka.loggers = [\"Akka.TestKit.TestEventListener, Akka.TestKit\"]")
    {
        _serializer = new WireSerializer((ExtendedActorSystem)Sys);
    }

    public static TheoryData<string> Names => [.. Messages.Keys];

    private static Dictionary<string, object> Messages => new()
    {
        ["publish"] = new Publish("room", Payload("x"), "key é"),
        ["publish without a key"] = new Publish("room", Payload(""), null),
        ["published"] = new Published(s_position),
        ["refused"] = new Refused("No."),
        ["notify"] = new Notify("room", new SourceStopped("machine", "why")),
        ["notified"] = Notified.Instance,
        ["listen"] = new Listen("room"),
        ["listening"] = new Listening(s_position),
        ["heard"] = new Heard("room", "epoch"),
        ["read"] = new Read("room", new HistoryQuery(s_position, 7, Reverse: true)),
        ["read all"] = new Read("room", new HistoryQuery(null, HistoryQuery.MaxLimit)),
        ["page"] = new Page(s_position, [new PageItem(1, Payload("a")), new PageItem(2, Payload("b"))], IsCut: true),
        ["empty page"] = new Page(s_position, [], IsCut: false),
        ["handed"] = new Handed("room", "epoch", 7, [new HandedItem(1, Payload("a"), null), new HandedItem(0, null, new Joined("client", null)), new HandedItem(2, Payload("b"), null)], ByTopic: true),
        ["moved"] = new Moved("room"),
        ["letter"] = new Letter("!nodes", new NodeMessage("{}"u8.ToArray())),
        ["ping"] = new Ping(long.MaxValue),
        ["pong"] = new Pong(1),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_comes_back_as_it_was(string name)
    {
        var message = Messages[name];
        var manifest = _serializer.Manifest(message);
        var bytes = _serializer.ToBinary(message);

        var back = _serializer.FromBinary(bytes, manifest);

        Assert.IsType(message.GetType(), back);
        Assert.Equal(bytes, _serializer.ToBinary(back));
        Assert.Equal(Describe(message), Describe(back));
    }

    [Fact]
    public void Every_message_between_nodes_is_tested_and_bound_to_this_serializer()
    {
        var all = typeof(IWireMessage).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(IWireMessage)) && t.IsClass).ToHashSet();
        Assert.Equal(all, Messages.Values.Select(m => m.GetType()).ToHashSet());
        Assert.All(Messages.Values, m => Assert.IsType<WireSerializer>(Sys.Serialization.FindSerializerFor(m)));
    }

    [Theory]
    [InlineData("publish.2")]
    [InlineData("")]
    public void A_form_of_another_version_is_named_and_refused(string manifest)
    {
        var e = Assert.Throws<SerializationException>(() => _serializer.FromBinary([1, 2, 3], manifest));
        Assert.Contains($"'{manifest}'", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_that_was_cut_is_refused_or_is_a_shorter_one(string name)
    {
        var message = Messages[name];
        var (manifest, bytes) = (_serializer.Manifest(message), _serializer.ToBinary(message));
        for (var length = 0; length < bytes.Length; length++)
        {
            try
            {
                Assert.IsType(message.GetType(), _serializer.FromBinary(bytes[..length], manifest));
            }
            catch (SerializationException)
            {
                // What it should be.
            }
        }
    }

    private static Payload Payload(string text) => new(new Publication(System.Text.Encoding.UTF8.GetBytes(text), ContentKind.Text) { Key = "k", Tags = new Dictionary<string, string> { ["a"] = "b" } });

    private static string Describe(object message) => message switch
    {
        Publish p => $"{p.Room} {p.Key} {Describe(p.Payload)}",
        Page p => $"{p.Top} {p.IsCut} {string.Join(' ', p.Items.Select(i => $"{i.Offset} {Describe(i.Payload)}"))}",
        Handed h => $"{h.Room} {h.Epoch} {h.Number} {h.ByTopic} {string.Join(' ', h.Items.Select(i => $"{i.Offset} {(i.Payload is { } p ? Describe(p) : i.Notice)}"))}",
        Letter l => $"{l.Room} {Convert.ToHexString(((NodeMessage)l.Notice).Body.Span)}",
        _ => message.ToString()!,
    };

    private static string Describe(Payload payload) => Convert.ToHexString(payload.Bytes);
}
