using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace Broadcast.Protocol;

/// <summary>
/// Reads one command. Names it does not know are passed over, since the protocol grows. What is wrong is left to the JSON reader to
/// throw: the client is sent away for it, so that a connection pays for one exception at most.
/// </summary>
internal ref struct ClientCommandParser(ReadOnlySpan<byte> text)
{
    /// <summary>What may stand around a payload, which is as deep as on other paths: command, <c>connect</c>, <c>subs</c> and a room.</summary>
    private const int DepthAroundData = 4;

    private const int LongestName = 16;

    private static readonly PongCommand Pong = new();

    /// <summary>Those of commands that come often.</summary>
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_names =
        new HashSet<string>(["id", "publish", "channel", "data", "key", "rpc", "method", "presence", "presence_stats", "history"], StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly ReadOnlySpan<byte> _text = text;
    private uint _id = 0;
    private Utf8JsonReader _reader = new(text, new JsonReaderOptions { MaxDepth = JsonText.MaxDepth + DepthAroundData });

    public bool TryParse([NotNullWhen(true)] out ClientCommand? command)
    {
        command = null;

        // The reader passes over strings without looking whether they are UTF-8.
        if (!Utf8.IsValid(_text))
        {
            return false;
        }

        try
        {
            command = ReadCommand();
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            // Not JSON or not the shape of a command; a number out of range; another type than asked for, or half of a surrogate pair.
        }

        return command is not null;
    }

    private ClientCommand? ReadCommand()
    {
        ClientCommand? command = null;
        _reader.Read();
        Enter();
        while (NextName() is { } name)
        {
            if (name == "id")
            {
                _id = _reader.GetUInt32();
                continue;
            }

            var read = ReadMethod(name);
            if (read is not null && command is not null)
            {
                return null;
            }

            command ??= read;
        }

        // Throws if anything follows.
        _reader.Read();
        return command switch
        {
            null => _id == 0 ? Pong : null,
            SendCommand => command with { Id = _id },
            _ => _id == 0 ? null : command.Id == _id ? command : command with { Id = _id },
        };
    }

    private ClientCommand? ReadMethod(string name) => name switch
    {
        "connect" => ReadConnect(),
        "subscribe" => ReadSubscribe(""),
        "unsubscribe" => new UnsubscribeCommand(0, ReadRoom()),
        "publish" => ReadPublish(),
        "presence" => new PresenceCommand(0, ReadRoom()),
        "presence_stats" => new PresenceStatsCommand(0, ReadRoom()),
        "history" => ReadHistory(),
        "ping" => ReadPing(),
        "send" => ReadSend(),
        "rpc" => ReadRpc(),
        "refresh" => ReadRefresh(),
        "sub_refresh" => ReadSubRefresh(),
        _ => Skip<ClientCommand?>(null),
    };

    private ConnectCommand ReadConnect()
    {
        var command = new ConnectCommand(0);
        Enter();
        while (NextName() is { } name)
        {
            command = name switch
            {
                "token" => command with { Token = ReadString() },
                "data" => command with { Data = ReadData() },
                "name" => command with { Name = ReadString() },
                "version" => command with { Version = ReadString() },
                "subs" => command with { Subs = ReadSubs() },
                _ => Skip(command),
            };
        }

        return command;
    }

    private Dictionary<string, SubscribeCommand> ReadSubs()
    {
        var subs = new Dictionary<string, SubscribeCommand>(StringComparer.Ordinal);
        Enter();
        while (NextName() is { } room)
        {
            subs[room] = ReadSubscribe(room) with { Room = room };
        }

        return subs;
    }

    private SubscribeCommand ReadSubscribe(string room)
    {
        var command = new SubscribeCommand(0, room);
        Enter();
        while (NextName() is { } name)
        {
            command = name switch
            {
                "channel" => command with { Room = ReadString() },
                "token" => command with { Token = ReadString() },
                "recover" => command with { Recover = _reader.GetBoolean() },
                "epoch" => command with { Position = command.Position with { Epoch = ReadString() } },
                "offset" => command with { Position = command.Position with { Offset = _reader.GetUInt64() } },
                "data" => command with { Data = ReadData() },
                "positioned" => command with { Positioned = _reader.GetBoolean() },
                "recoverable" => command with { Recoverable = _reader.GetBoolean() },
                "join_leave" => command with { JoinLeave = _reader.GetBoolean() },
                "delta" => command with { Delta = ReadString() },
                "tf" => command with { HasTagsFilter = PassOverObject() },
                "flag" => command with { Flag = _reader.GetInt64() },
                "type" => command with { Type = _reader.GetInt32() },
                _ => Skip(command),
            };
        }

        return command;
    }

    /// <summary>In one go, with the id that usually comes first: no other command comes as often.</summary>
    private RoomPublishCommand ReadPublish()
    {
        var (room, key, type, removed) = ("", "", 0, false);
        ReadOnlyMemory<byte>? data = null;
        Enter();
        while (NextName() is { } name)
        {
            switch (name)
            {
                case "channel":
                    room = ReadString();
                    break;
                case "data":
                    data = ReadData();
                    break;
                case "type":
                    type = _reader.GetInt32();
                    break;
                case "key":
                    key = ReadString();
                    break;
                case "removed":
                    removed = _reader.GetBoolean();
                    break;
                default:
                    _reader.Skip();
                    break;
            }
        }

        return new RoomPublishCommand(_id, room) { Data = data, Key = key, Type = type, Removed = removed };
    }

    private HistoryCommand ReadHistory()
    {
        var command = new HistoryCommand(0, "");
        Enter();
        while (NextName() is { } name)
        {
            command = name switch
            {
                "channel" => command with { Room = ReadString() },
                "limit" => command with { Limit = _reader.GetInt32() },
                "since" => command with { Since = ReadPosition() },
                "reverse" => command with { Reverse = _reader.GetBoolean() },
                _ => Skip(command),
            };
        }

        return command;
    }

    private StreamPosition ReadPosition()
    {
        var position = new StreamPosition("", 0);
        Enter();
        while (NextName() is { } name)
        {
            position = name switch
            {
                "offset" => position with { Offset = _reader.GetUInt64() },
                "epoch" => position with { Epoch = ReadString() },
                _ => Skip(position),
            };
        }

        return position;
    }

    private PingCommand ReadPing()
    {
        PassOverObject();
        return new PingCommand(0);
    }

    private SendCommand ReadSend()
    {
        var command = new SendCommand(0, null);
        Enter();
        while (NextName() is { } name)
        {
            command = name == "data" ? command with { Data = ReadData() } : Skip(command);
        }

        return command;
    }

    private RpcCommand ReadRpc()
    {
        var command = new RpcCommand(0, "", null);
        Enter();
        while (NextName() is { } name)
        {
            command = name switch
            {
                "method" => command with { Method = ReadString() },
                "data" => command with { Data = ReadData() },
                _ => Skip(command),
            };
        }

        return command;
    }

    private RefreshCommand ReadRefresh()
    {
        var command = new RefreshCommand(0, "");
        Enter();
        while (NextName() is { } name)
        {
            command = name == "token" ? command with { Token = ReadString() } : Skip(command);
        }

        return command;
    }

    private SubRefreshCommand ReadSubRefresh()
    {
        var command = new SubRefreshCommand(0, "", "");
        Enter();
        while (NextName() is { } name)
        {
            command = name switch
            {
                "channel" => command with { Room = ReadString() },
                "token" => command with { Token = ReadString() },
                "type" => command with { Type = _reader.GetInt32() },
                _ => Skip(command),
            };
        }

        return command;
    }

    private string ReadRoom()
    {
        var room = "";
        Enter();
        while (NextName() is { } name)
        {
            room = name == "channel" ? ReadString() : Skip(room);
        }

        return room;
    }

    private readonly string ReadString() => _reader.GetString()!;

    /// <summary>Takes the value as it stands.</summary>
    private byte[] ReadData()
    {
        var start = (int)_reader.TokenStartIndex;
        if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            var outside = _reader.CurrentDepth;
            while (_reader.Read() && _reader.CurrentDepth > outside)
            {
                if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && _reader.CurrentDepth - outside >= JsonText.MaxDepth)
                {
                    throw new JsonException("A payload is nested too deep.");
                }
            }
        }

        return _text[start..(int)_reader.BytesConsumed].ToArray();
    }

    private bool PassOverObject()
    {
        Enter();
        while (NextName() is not null)
        {
            _reader.Skip();
        }

        return true;
    }

    private T Skip<T>(T unchanged)
    {
        _reader.Skip();
        return unchanged;
    }

    private readonly void Enter()
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An object is expected.");
        }
    }

    /// <summary>Of what has a name of the protocol no string is made.</summary>
    private readonly string Name()
    {
        if (_reader.ValueSpan.Length <= LongestName)
        {
            Span<char> name = stackalloc char[LongestName];
            if (s_names.TryGetValue(name[.._reader.CopyString(name)], out var known))
            {
                return known;
            }
        }

        return _reader.GetString()!;
    }

    /// <summary>Goes on to the next value of an object, or to its end, where the answer is null.</summary>
    private string? NextName()
    {
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name();
            _reader.Read();

            // Null is how JSON says that a field was not given; only a payload may be null.
            if (_reader.TokenType != JsonTokenType.Null || name == "data")
            {
                return name;
            }
        }

        return null;
    }
}
