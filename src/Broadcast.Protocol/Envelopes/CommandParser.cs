using System.Text.Json;
using System.Text.Unicode;

namespace Broadcast.Protocol;

/// <summary>Reads one command. Its methods return null, or the sentence that refuses the command.</summary>
internal ref struct CommandParser(ReadOnlySpan<byte> text)
{
    private const long MaxId = 1L << 53;

    /// <summary>What stands around a payload, which may be as deep here as on other paths: the command and its <c>publish</c> or <c>rpc</c>.</summary>
    private const int DepthAroundData = 2;

    private const int MaxQuoted = 40;
    private const string Commands = "\"publish\", \"rpc\", \"pause\" and \"resume\"";
    private const string PublishNames = "\"data\" or \"b64\", \"kind\", \"key\", \"event\", \"tags\" and \"idempotencyKey\"";
    private const string NotJson = "A command is one JSON object in UTF-8, with data nested at most 64 deep.";

    private readonly ReadOnlySpan<byte> _text = text;
    private Utf8JsonReader _reader;

    /// <summary>The command's id, if one could be read, even if the command could not.</summary>
    public long? Id { get; private set; }

    public string? Parse(out EnvelopeCommand? command)
    {
        command = null;

        // The reader passes over strings without looking whether they are UTF-8.
        if (!Utf8.IsValid(_text))
        {
            return NotJson;
        }

        try
        {
            return ReadId() ?? ReadCommand(out command);
        }
        catch (JsonException)
        {
            return NotJson;
        }
        catch (InvalidOperationException)
        {
            // How the reader says that an escape such as \ud800 stands for no character (RFC 8259, 8.2).
            return "A string in the command has half of a surrogate pair.";
        }
    }

    private static string Quote(string name) => name.Length > MaxQuoted ? $"\"{name[..MaxQuoted]}…\"" : $"\"{name}\"";

    /// <summary>Goes through the whole text, so that an error can be answered with the id wherever the id stands.</summary>
    private string? ReadId()
    {
        Restart();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return NotJson;
        }

        while (_reader.Read())
        {
            if (_reader.CurrentDepth != 1 || _reader.TokenType != JsonTokenType.PropertyName || !_reader.ValueTextEquals("id"u8))
            {
                continue;
            }

            _reader.Read();
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out var id) || id is < 0 or > MaxId)
            {
                return $"A command's \"id\" is a whole number from 0 to {MaxId}.";
            }

            Id = id;
        }

        return null;
    }

    private string? ReadCommand(out EnvelopeCommand? command)
    {
        command = null;
        EnvelopeCommand? read = null;
        var names = new HashSet<string>();
        Restart();
        while (NextName(names, out var name) is var refusal && name is not null)
        {
            refusal ??= name switch
            {
                "id" => null,
                "publish" or "rpc" or "pause" or "resume" when read is not null => $"A command is one of {Commands}, not two.",
                "publish" => ReadPublish(out read),
                "rpc" => ReadRequest(out read),
                "pause" => ReadTrue(name, new PauseCommand(Id), out read),
                "resume" => ReadTrue(name, new ResumeCommand(Id), out read),
                _ => $"A command has \"id\" and one of {Commands}; {Quote(name)} is none of them.",
            };
            if (refusal is not null)
            {
                return refusal;
            }
        }

        command = read;
        return read is null ? $"A command has one of {Commands}." : null;
    }

    private readonly string? ReadTrue(string name, EnvelopeCommand command, out EnvelopeCommand? read)
    {
        read = command;
        return _reader.TokenType == JsonTokenType.True ? null : $"\"{name}\" is true.";
    }

    private string? ReadRequest(out EnvelopeCommand? command)
    {
        command = null;
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return "\"rpc\" is an object.";
        }

        ReadOnlySpan<byte> data = default;
        string? method = null;
        var names = new HashSet<string>();
        while (NextName(names, out var name) is var refusal && name is not null)
        {
            refusal ??= name switch
            {
                "method" => ReadString(name, out method),
                "data" => ReadRaw(out data),
                _ => $"\"rpc\" has \"method\" and \"data\"; {Quote(name)} is neither.",
            };
            if (refusal is not null)
            {
                return refusal;
            }
        }

        if (MethodName.Refusal(method) is { } bad)
        {
            return bad;
        }

        command = new RequestCommand(Id, method!, data.IsEmpty ? default(ReadOnlyMemory<byte>?) : data.ToArray());
        return null;
    }

    private string? ReadPublish(out EnvelopeCommand? command)
    {
        command = null;
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return "\"publish\" is an object.";
        }

        ReadOnlySpan<byte> data = default;
        byte[]? binary = null;
        string? kind = null;
        string? key = null;
        string? @event = null;
        string? idempotencyKey = null;
        Dictionary<string, string>? tags = null;
        var names = new HashSet<string>();
        while (NextName(names, out var name) is var refusal && name is not null)
        {
            refusal ??= name switch
            {
                "data" => ReadRaw(out data),
                "b64" => ReadBase64(out binary),
                "kind" => ReadString(name, out kind),
                "key" => ReadString(name, out key),
                "event" => ReadString(name, out @event),
                "idempotencyKey" => ReadString(name, out idempotencyKey),
                "tags" => ReadTags(out tags),
                _ => $"\"publish\" has {PublishNames}; {Quote(name)} is none of them.",
            };
            if (refusal is not null)
            {
                return refusal;
            }
        }

        if (PublicationLimits.Refusal(key, @event, tags, idempotencyKey) is { } beyond)
        {
            return beyond;
        }

        if (ContentRefusal(kind, data, binary) is { } unfit)
        {
            return unfit;
        }

        var (bytes, content) = binary is not null ? (binary, ContentKind.Binary)
            : kind == "text" ? (TextOf(data), ContentKind.Text)
            : (data.ToArray(), ContentKind.Json);
        var publication = new Publication(bytes, content) { Key = key, Event = @event, Tags = tags };
        command = new PublishCommand(Id, publication, idempotencyKey);
        return null;
    }

    private static string? ContentRefusal(string? kind, ReadOnlySpan<byte> data, byte[]? binary) => kind switch
    {
        not (null or "json" or "text" or "binary") => $"\"kind\" is \"json\", \"text\" or \"binary\", and not {Quote(kind)}.",
        _ when data.IsEmpty == binary is null => "\"publish\" has either \"data\" or \"b64\".",
        "json" or "text" when binary is not null => $"\"kind\":\"{kind}\" goes with \"data\".",
        "binary" when binary is null => "\"kind\":\"binary\" goes with \"b64\".",
        "text" when data[0] != '"' => "\"kind\":\"text\" goes with a string as \"data\".",
        _ => null,
    };

    private static byte[] TextOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var text = new byte[json.Length];
        return text[..reader.CopyString(text)];
    }

    /// <summary>Takes the value as it stands; never empty.</summary>
    private string? ReadRaw(out ReadOnlySpan<byte> value)
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        value = _text[start..(int)_reader.BytesConsumed];
        return null;
    }

    private readonly string? ReadBase64(out byte[]? value)
    {
        value = null;
        return _reader.TokenType == JsonTokenType.String && _reader.TryGetBytesFromBase64(out value) ? null : "\"b64\" is a string of base64.";
    }

    private readonly string? ReadString(string name, out string? value)
    {
        value = _reader.TokenType == JsonTokenType.String ? _reader.GetString() : null;
        return value is null ? $"\"{name}\" is a string." : null;
    }

    private string? ReadTags(out Dictionary<string, string>? tags)
    {
        tags = null;
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return "\"tags\" is an object of strings.";
        }

        tags = [];
        var names = new HashSet<string>();
        while (NextName(names, out var name) is var refusal && name is not null)
        {
            refusal ??= _reader.TokenType == JsonTokenType.String ? null : "\"tags\" is an object of strings.";
            if (refusal is not null)
            {
                return refusal;
            }

            tags.Add(name, _reader.GetString()!);
        }

        return null;
    }

    /// <summary>Goes on to the next value of an object; to its end, where <paramref name="name"/> is null.</summary>
    private string? NextName(HashSet<string> names, out string? name)
    {
        _reader.Read();
        name = _reader.TokenType == JsonTokenType.PropertyName ? _reader.GetString() : null;
        if (name is null)
        {
            return null;
        }

        _reader.Read();
        return names.Add(name) ? null : $"{Quote(name)} comes twice.";
    }

    private void Restart()
    {
        _reader = new Utf8JsonReader(_text, new JsonReaderOptions { MaxDepth = JsonText.MaxDepth + DepthAroundData });
        _reader.Read();
    }
}
