using System.Text.Json;

namespace Broadcast.Gateway;

/// <summary>Writes what nodes answered, and which did not.</summary>
internal static class NodesJson
{
    /// <summary>Each node with what it counted, or with why it is missing.</summary>
    public static void WriteAnswers<T>(this Utf8JsonWriter json, IReadOnlyList<NodeAnswer<T>> answers, Func<T?, int> count)
    {
        json.WriteStartArray("nodes");
        foreach (var answer in answers)
        {
            json.WriteStartObject();
            json.WriteString("uid", answer.Node?.Id);
            json.WriteString("name", answer.Node?.Name);
            if (answer.IsAnswered)
            {
                json.WriteNumber("count", count(answer.Value));
            }
            else
            {
                json.WriteString("missing", answer.Failure);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (answers.Any(a => !a.IsAnswered))
        {
            json.WriteBoolean("incomplete", true);
        }
    }

    /// <summary>Nothing if nothing is missing.</summary>
    public static void WriteMissing(this Utf8JsonWriter json, IReadOnlyList<NodeFailure> missing)
    {
        if (missing.Count == 0)
        {
            return;
        }

        json.WriteBoolean("incomplete", true);
        json.WriteStartArray("missing");
        foreach (var (node, reason) in missing)
        {
            json.WriteStartObject();
            json.WriteString("node", node?.Name);
            json.WriteString("reason", reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <param name="trouble">Why there may be nodes that are not known; null if there are none.</param>
    public static void WriteTrouble(this Utf8JsonWriter json, string? trouble) =>
        json.WriteMissing(trouble is null ? [] : [new NodeFailure(null, trouble)]);
}
