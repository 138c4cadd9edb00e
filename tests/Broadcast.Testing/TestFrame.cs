using System.Globalization;
using System.Text;

namespace Broadcast.Testing;

/// <summary>One line that a client of a <see cref="TestDialect"/> received. Lines are words with blanks between them.</summary>
/// <param name="Kind">The first word: <c>open pub gap joined left source reply ping close</c>.</param>
/// <param name="Position">Of a publication or an opening; the first that is missing in a gap.</param>
/// <param name="To">The last that is missing in a gap.</param>
/// <param name="Text">Data, reason, client or source.</param>
public sealed record TestFrame(string Kind, string Room, StreamPosition Position, StreamPosition To, string Text, string? Key)
{
    public static byte[] Encode(params object[] words) => Encoding.UTF8.GetBytes(string.Join(' ', words) + "\n");

    /// <summary>Reads all whole lines.</summary>
    /// <param name="incomplete">What comes after the last of them.</param>
    /// <exception cref="FormatException">A line is none.</exception>
    public static List<TestFrame> DecodeAll(ReadOnlySpan<byte> bytes, out string incomplete)
    {
        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        incomplete = lines[^1];
        var frames = new List<TestFrame>();
        var had = new Dictionary<string, StreamPosition>();
        foreach (var line in lines[..^1])
        {
            var frame = Decode(line.StartsWith('@') ? line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..] : line);
            if (frame is { Kind: "open", Position.Offset: 0 })
            {
                // From the start: what is kept no more is passed over, and need not be told.
                had.Remove(frame.Room);
            }
            else if (frame.Kind is "open" or "pub" or "gap")
            {
                had[frame.Room] = frame.Kind == "gap" ? frame.To : frame.Position;
            }

            CheckDecoration(line, frame, had);
            frames.Add(frame);
        }

        return frames;
    }

    public override string ToString() => Kind switch
    {
        "open" => $"open {Room} at {Position}",
        "pub" => $"pub {Room} {Position} {Text}",
        "gap" => $"gap {Room} {Position} to {To}: {Text}",
        _ => $"{Kind} {Room} {Text}",
    };

    private static TestFrame Decode(string line)
    {
        var words = line.Split(' ');
        return words switch
        {
            ["open", var room, var at] => new(words[0], room, Place(at), default, "", null),
            ["pub", var room, var at, var key, var data] => new(words[0], room, Place(at), default, data, key == "-" ? null : key),
            ["gap", var room, var from, var to, var reason] => new(words[0], room, Place(from), Place(to), reason, null),
            ["joined" or "left" or "source", var room, var who] => new(words[0], room, default, default, who, null),
            ["reply", var text] => new(words[0], "", default, default, text, null),
            ["reply", var text, var room] => new(words[0], room, default, default, text, null),
            ["ping"] => new(words[0], "", default, default, "", null),
            ["close", var code] => new(words[0], "", default, default, code, null),
            _ => throw new FormatException($"Not a frame: {line}"),
        };
    }

    /// <summary>Who comes back with the positions before a frame must get that frame's followers, and of no other room less than it had.</summary>
    private static void CheckDecoration(string line, TestFrame frame, Dictionary<string, StreamPosition> had)
    {
        if (!line.StartsWith('@'))
        {
            return;
        }

        foreach (var (room, at) in line[1..line.IndexOf(' ', StringComparison.Ordinal)].Split(',').Select(p => p.Split('=')).Select(p => (p[0], Place(p[1]))))
        {
            var isWrong = room == frame.Room && frame.Kind == "pub"
                ? at != frame.Position
                : had.TryGetValue(room, out var last) && last.Epoch == at.Epoch && at.Offset > last.Offset;
            if (isWrong)
            {
                throw new FormatException($"Decorated with {at} of {room}: {line}");
            }
        }
    }

    private static StreamPosition Place(string text)
    {
        // Not TryParse of the product: also positions that must never be shown are to be seen by tests.
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return new StreamPosition(text[(dot + 1)..], ulong.Parse(text[..dot], CultureInfo.InvariantCulture));
    }
}
