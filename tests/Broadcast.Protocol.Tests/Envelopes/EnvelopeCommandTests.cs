using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Protocol.Tests;

public sealed class EnvelopeCommandTests
{
    [Theory]
    [InlineData("""{"id":1,"publish":{"data":{"a": 1}}}""", """{"a": 1}""")]
    [InlineData("""{"id":1,"publish":{"data": [1,"é",null] , "kind":"json"}}""", """[1,"é",null]""")]
    [InlineData("""{"publish":{"data":"text"},"id":1}""", "\"text\"")]
    [InlineData("""{"id":1,"publish":{"data":-1.50e3}}""", "-1.50e3")]
    [InlineData("""{"id":1,"publish":{"data":null}}""", "null")]
    public void Data_is_published_as_the_very_bytes_it_came_in(string text, string data)
    {
        var command = Assert.IsType<PublishCommand>(Parsed(text));

        Assert.Equal(1, command.Id);
        Assert.Equal(ContentKind.Json, command.Publication.Kind);
        Assert.Equal(data, Encoding.UTF8.GetString(command.Publication.Data.Span));
    }

    [Theory]
    [InlineData("""{"publish":{"kind":"text","data":"a\n\u00e9\ud83d\ude00"}}""", "a\né😀")]
    [InlineData("""{"publish":{"data":"","kind":"text"}}""", "")]
    public void Text_is_published_without_its_escapes(string text, string data)
    {
        var command = Assert.IsType<PublishCommand>(Parsed(text));

        Assert.Null(command.Id);
        Assert.Equal(ContentKind.Text, command.Publication.Kind);
        Assert.Equal(data, Encoding.UTF8.GetString(command.Publication.Data.Span));
    }

    [Theory]
    [InlineData("""{"publish":{"b64":"AP8="}}""", new byte[] { 0, 255 })]
    [InlineData("""{"publish":{"b64":"","kind":"binary"}}""", new byte[0])]
    public void Base64_is_published_as_its_bytes(string text, byte[] data)
    {
        var command = Assert.IsType<PublishCommand>(Parsed(text));

        Assert.Equal(ContentKind.Binary, command.Publication.Kind);
        Assert.Equal(data, command.Publication.Data.ToArray());
    }

    [Fact]
    public void Key_event_tags_and_idempotency_key_come_along()
    {
        var command = Assert.IsType<PublishCommand>(
            Parsed("""{"publish":{"data":1,"key":"k","event":"e","tags":{"a":"b","c":"d"},"idempotencyKey":"i"}}"""));

        Assert.Equal(("k", "e", "i"), (command.Publication.Key, command.Publication.Event, command.IdempotencyKey));
        Assert.Equal(new Dictionary<string, string> { ["a"] = "b", ["c"] = "d" }, command.Publication.Tags);
        Assert.Null(command.Publication.Publisher);
    }

    [Fact]
    public void Pause_and_resume_are_read()
    {
        Assert.Equal(new PauseCommand(2), Parsed("""{"id":2,"pause":true}"""));
        Assert.Equal(new ResumeCommand(null), Parsed("""{"resume":true}"""));
    }

    [Theory]
    [InlineData("""{"id":4,"rpc":{"method":"say","data":{"text": "é"}}}""", """{"text": "é"}""")]
    [InlineData("""{"rpc":{"data":null,"method":"say"},"id":4}""", "null")]
    [InlineData("""{"id":4,"rpc":{"method":"say"}}""", null)]
    public void A_request_has_a_method_and_the_very_bytes_of_its_data(string text, string? data)
    {
        var command = Assert.IsType<RequestCommand>(Parsed(text));

        Assert.Equal(((long?)4, "say"), (command.Id, command.Method));
        Assert.Equal(data, command.Data is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null);
    }

    [Theory]
    [InlineData(128, null)]
    [InlineData(129, "A method's name has at most 128 bytes; this one has 129.")]
    public void A_methods_name_has_at_most_128_bytes(int length, string? refusal)
    {
        var text = $$$"""{"id":1,"rpc":{"method":"{{{new string('m', length - 2)}}}é"}}""";

        Assert.Equal(refusal is null, EnvelopeCommand.TryParse(Encoding.UTF8.GetBytes(text), out _, out var error));
        Assert.Equal(refusal, error?.Message);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("9007199254740992", 1L << 53)]
    public void An_id_is_a_whole_number_that_every_client_can_hold(string id, long read) =>
        Assert.Equal(read, Parsed($$"""{"id":{{id}},"pause":true}""").Id);

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("9007199254740993")]
    [InlineData("1e400")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("[1]")]
    public void Any_other_id_is_refused(string id)
    {
        var error = Refused($$"""{"id":{{id}},"pause":true}""");

        Assert.Equal(new CommandError(null, "A command's \"id\" is a whole number from 0 to 9007199254740992."), error);
    }

    [Theory]
    [InlineData("""{"id":1}""", "A command has one of \"publish\", \"rpc\", \"pause\" and \"resume\".")]
    [InlineData("""{"id":1,"stop":true}""", "A command has \"id\" and one of \"publish\", \"rpc\", \"pause\" and \"resume\"; \"stop\" is none of them.")]
    [InlineData("""{"pause":true,"resume":true,"id":1}""", "A command is one of \"publish\", \"rpc\", \"pause\" and \"resume\", not two.")]
    [InlineData("""{"id":1,"pause":true,"x":0}""", "A command has \"id\" and one of \"publish\", \"rpc\", \"pause\" and \"resume\"; \"x\" is none of them.")]
    [InlineData("""{"id":1,"id":1,"pause":true}""", "\"id\" comes twice.")]
    [InlineData("""{"id":1,"pause":true,"pause":true}""", "\"pause\" comes twice.")]
    [InlineData("""{"id":1,"pause":false}""", "\"pause\" is true.")]
    [InlineData("""{"id":1,"resume":1}""", "\"resume\" is true.")]
    [InlineData("""{"id":1,"rpc":"x"}""", "\"rpc\" is an object.")]
    [InlineData("""{"id":1,"rpc":{"data":1}}""", "A request needs a method.")]
    [InlineData("""{"id":1,"rpc":{"method":""}}""", "A request needs a method.")]
    [InlineData("""{"id":1,"rpc":{"method":1}}""", "\"method\" is a string.")]
    [InlineData("""{"id":1,"rpc":{"method":"m","method":"n"}}""", "\"method\" comes twice.")]
    [InlineData("""{"id":1,"rpc":{"method":"m","target":"#a"}}""", "\"rpc\" has \"method\" and \"data\"; \"target\" is neither.")]
    [InlineData("""{"id":1,"rpc":{"method":"m"},"pause":true}""", "A command is one of \"publish\", \"rpc\", \"pause\" and \"resume\", not two.")]
    [InlineData("""{"id":1,"publish":"x"}""", "\"publish\" is an object.")]
    [InlineData("""{"id":1,"publish":{}}""", "\"publish\" has either \"data\" or \"b64\".")]
    [InlineData("""{"id":1,"publish":{"data":1,"b64":""}}""", "\"publish\" has either \"data\" or \"b64\".")]
    [InlineData("""{"id":1,"publish":{"data":1,"data":2}}""", "\"data\" comes twice.")]
    [InlineData("""{"id":1,"publish":{"data":1,"\u0064ata":2}}""", "\"data\" comes twice.")]
    [InlineData("""{"id":1,"publish":{"data":1,"room":"x"}}""",
        "\"publish\" has \"data\" or \"b64\", \"kind\", \"key\", \"event\", \"tags\" and \"idempotencyKey\"; \"room\" is none of them.")]
    [InlineData("""{"id":1,"publish":{"kind":"text","data":1}}""", "\"kind\":\"text\" goes with a string as \"data\".")]
    [InlineData("""{"id":1,"publish":{"kind":"text","b64":""}}""", "\"kind\":\"text\" goes with \"data\".")]
    [InlineData("""{"id":1,"publish":{"kind":"binary","data":""}}""", "\"kind\":\"binary\" goes with \"b64\".")]
    [InlineData("""{"id":1,"publish":{"kind":"xml","data":""}}""", "\"kind\" is \"json\", \"text\" or \"binary\", and not \"xml\".")]
    [InlineData("""{"id":1,"publish":{"kind":null,"data":""}}""", "\"kind\" is a string.")]
    [InlineData("""{"id":1,"publish":{"b64":"A"}}""", "\"b64\" is a string of base64.")]
    [InlineData("""{"id":1,"publish":{"b64":1}}""", "\"b64\" is a string of base64.")]
    [InlineData("""{"id":1,"publish":{"data":1,"key":1}}""", "\"key\" is a string.")]
    [InlineData("""{"id":1,"publish":{"data":1,"event":"a\nb"}}""", "The event has no control characters; this one has U+000A.")]
    [InlineData("""{"id":1,"publish":{"data":1,"idempotencyKey":""}}""", "An idempotency key is not empty.")]
    [InlineData("""{"id":1,"publish":{"data":1,"tags":["a"]}}""", "\"tags\" is an object of strings.")]
    [InlineData("""{"id":1,"publish":{"data":1,"tags":{"a":1}}}""", "\"tags\" is an object of strings.")]
    [InlineData("""{"id":1,"publish":{"data":1,"tags":{"a":"1","a":"2"}}}""", "\"a\" comes twice.")]
    [InlineData("""{"id":1,"publish":{"kind":"text","data":"\ud800"}}""", "A string in the command has half of a surrogate pair.")]
    [InlineData("""{"id":1,"publish":{"data":1,"key":"\udc00"}}""", "A string in the command has half of a surrogate pair.")]
    [InlineData("""{"id":1,"pause":true""", "A command is one JSON object in UTF-8, with data nested at most 64 deep.")]
    public void What_is_wrong_is_said_in_one_sentence_and_with_the_id(string text, string message) =>
        Assert.Equal(new CommandError(1, message), Refused(text));

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("""{"pause":true} {"pause":true}""")]
    [InlineData("""{"pause":true,}""")]
    [InlineData("""{"pause":true} // now""")]
    public void What_is_not_one_object_is_refused_without_an_id(string text) =>
        Assert.Equal(new CommandError(null, "A command is one JSON object in UTF-8, with data nested at most 64 deep."), Refused(text));

    [Fact]
    public void An_id_inside_the_data_is_not_the_commands() =>
        Assert.Equal(1, Parsed("""{"id":1,"publish":{"data":{"id":"other","a":[{"id":2}]}}}""").Id);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        Assert.False(EnvelopeCommand.TryParse([.. "{\"publish\":{\"data\":\""u8, 0xC0, .. "\"}}"u8], out _, out var error));
        Assert.Null(error.Id);
    }

    [Fact]
    public void Data_may_be_as_deep_as_a_payload_on_any_other_path()
    {
        Assert.IsType<PublishCommand>(Parsed(Nested(64)));
        Assert.Equal("A command is one JSON object in UTF-8, with data nested at most 64 deep.", Refused(Nested(65)).Message);

        static string Nested(int depth) => "{\"publish\":{\"data\":" + new string('[', depth) + new string(']', depth) + "}}";
    }

    [Fact]
    public void A_long_name_is_not_sent_back_whole() => Assert.InRange(Refused("{\"" + new string('x', 10_000) + "\":1}").Message.Length, 1, 200);

    [Fact]
    public void What_is_published_never_shares_the_bytes_it_was_read_from()
    {
        var text = """{"publish":{"data":[1]}}"""u8.ToArray();
        Assert.True(EnvelopeCommand.TryParse(text, out var command, out _));

        text.AsSpan().Fill((byte)'x');

        Assert.Equal("[1]"u8.ToArray(), Assert.IsType<PublishCommand>(command).Publication.Data.ToArray());
    }

    [Fact]
    public void Any_text_is_a_command_or_an_error_and_never_both()
    {
        string[] pieces =
        [
            "{", "}", "[", "]", ",", ":", "\"id\":", "1", "\"publish\":{", "\"rpc\":{", "\"method\":", "\"data\":", "\"b64\":", "\"kind\":\"text\"", "\"AA==\"",
            "\"\\ud800\"", "\"\\ud800\":", "\"i\\u0064\":", "\"tags\":{", "\"pause\":true", "\"", "\\", "é", "null", "\"key\":", "-", "1e9999",
        ];
        var texts = Gen.Elements(pieces).ListOf().Select(p => "{" + string.Concat(p) + "}");

        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var isParsed = EnvelopeCommand.TryParse(Encoding.UTF8.GetBytes(text), out var command, out var error);

            Assert.Equal(isParsed, command is not null);
            Assert.Equal(isParsed, error is null);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
    }

    [Fact]
    public void Any_cut_or_changed_command_is_a_command_or_an_error()
    {
        const string Command =
            """{"id":7,"publish":{"data":{"a":["\u00e9",1.5]},"key":"k\ud83d\ude00","tags":{"a":"b"},"kind":"json","idempotencyKey":"i"}}""";
        var whole = Encoding.UTF8.GetBytes(Command);
        var changes =
            from at in Gen.Choose(0, whole.Length - 1)
            from b in Gen.Choose(0, 255)
            from cut in Gen.Elements(true, false)
            select (at, (byte)b, cut);

        Prop.ForAll(changes.ToArbitrary(), change =>
        {
            var (at, value, isCut) = change;
            byte[] text = isCut ? [.. whole[..at], .. whole[(at + 1)..]] : [.. whole[..at], value, .. whole[(at + 1)..]];

            Assert.NotEqual(EnvelopeCommand.TryParse(text, out _, out var error), error is not null);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
    }

    private static EnvelopeCommand Parsed(string text)
    {
        Assert.True(EnvelopeCommand.TryParse(Encoding.UTF8.GetBytes(text), out var command, out var error), error?.Message);
        Assert.Null(error);
        return command;
    }

    private static CommandError Refused(string text)
    {
        Assert.False(EnvelopeCommand.TryParse(Encoding.UTF8.GetBytes(text), out var command, out var error));
        Assert.Null(command);
        return error;
    }
}
