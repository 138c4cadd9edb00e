using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Broadcast.Gateway;

/// <summary>Writes tallies in Prometheus' text format, version 0.0.4.</summary>
internal static class MetricsText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<Tally> tallies)
    {
        var text = new StringBuilder();
        foreach (var tally in tallies)
        {
            Write(text, tally);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, Tally tally)
    {
        var name = NameOf(tally.Instrument);
        if (tally.Instrument.Description is { Length: > 0 } description)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {description.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {(Tallies.IsCounter(tally.Instrument) ? "counter" : "gauge")}\n");
        if (tally.Sums.Count == 0)
        {
            // Nothing yet is a value too: whoever watches for faults must see that there are none.
            text.Append(name).Append(" 0\n");
        }

        foreach (var sum in tally.Sums)
        {
            text.Append(name);
            WriteLabels(text, sum.Labels);
            text.Append(CultureInfo.InvariantCulture, $" {sum.Value}\n");
        }
    }

    private static string NameOf(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_');
        return Tallies.IsCounter(instrument) ? name + "_total" : name;
    }

    private static void WriteLabels(StringBuilder text, IReadOnlyList<KeyValuePair<string, object?>> labels)
    {
        var before = '{';
        foreach (var (name, value) in labels)
        {
            text.Append(before).Append(name.Replace('.', '_')).Append("=\"").Append(Escaped(value)).Append('"');
            before = ',';
        }

        if (labels.Count > 0)
        {
            text.Append('}');
        }
    }

    private static string Escaped(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture)!
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
