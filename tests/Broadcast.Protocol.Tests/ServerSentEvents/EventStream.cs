using System.Text;

namespace Broadcast.Protocol.Tests;

/// <summary>What a browser makes of an event stream, written from WHATWG HTML 9.2.6 and nothing else.</summary>
internal sealed class EventStream
{
    private readonly StringBuilder _data = new();
    private string _type = "";

    public List<(string Type, string Data, string LastId)> Events { get; } = [];

    public string LastId { get; private set; } = "";

    public int? Retry { get; private set; }

    private string _id = "";

    public static EventStream Of(ReadOnlySpan<byte> bytes)
    {
        var stream = new EventStream();
        var text = Encoding.UTF8.GetString(bytes);
        text = text.StartsWith('\uFEFF') ? text[1..] : text;
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');

        // What comes after the last line end is an incomplete line, and is discarded.
        foreach (var line in lines[..^1])
        {
            stream.Take(line);
        }

        return stream;
    }

    private void Take(string line)
    {
        if (line.Length == 0)
        {
            Dispatch();
            return;
        }

        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon == 0)
        {
            return;
        }

        var field = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? "" : line[(colon + 1)..];
        value = value.StartsWith(' ') ? value[1..] : value;
        switch (field)
        {
            case "event":
                _type = value;
                break;
            case "data":
                _data.Append(value).Append('\n');
                break;
            case "id" when !value.Contains('\0', StringComparison.Ordinal):
                _id = value;
                break;
            case "retry" when value.All(char.IsAsciiDigit):
                Retry = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
                break;
        }
    }

    private void Dispatch()
    {
        LastId = _id;
        if (_data.Length > 0)
        {
            Events.Add((_type.Length == 0 ? "message" : _type, _data.ToString(0, _data.Length - 1), LastId));
        }

        _data.Clear();
        _type = "";
    }
}
