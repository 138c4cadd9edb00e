using System.Globalization;

namespace Broadcast.Core;

/// <summary>Makes the sources that come with the server from what an operator writes.</summary>
internal static class BuiltInSources
{
    private const string Offer = "machine, machine:SECONDS, file:PATH or stdin";

    private static double Shortest => MachineSourceOptions.ShortestInterval.TotalSeconds;

    private static double Longest => MachineSourceOptions.LongestInterval.TotalSeconds;

    /// <param name="kind"><c>machine</c>, <c>file</c> or <c>stdin</c>.</param>
    /// <param name="argument">Of <c>machine</c> the seconds between two publications, or null; of <c>file</c> its path; of <c>stdin</c> null.</param>
    /// <exception cref="ArgumentException">There is no such source; the message is one sentence for the operator.</exception>
    public static ISource Create(string kind, string? argument, TimeProvider time) => kind switch
    {
        "machine" when argument is null => new MachineSource(time),
        "machine" when TryInterval(argument, out var interval) => new MachineSource(time, new MachineSourceOptions { Interval = interval }),
        "machine" => throw Refused(kind, argument, $"the seconds are a number from {Shortest} to {Longest}"),
        "file" when !string.IsNullOrWhiteSpace(argument) && !argument.Contains('\0', StringComparison.Ordinal) => new FileSource(argument, time),
        "file" => throw Refused(kind, argument, "it needs the path of a file"),
        "stdin" when argument is null => new StdinSource(),
        "stdin" => throw Refused(kind, argument, "standard input takes no argument"),
        _ => throw Refused(kind, argument, "there is no such kind"),
    };

    private static ArgumentException Refused(string kind, string? argument, string why) =>
        new($"The source '{(argument is null ? kind : $"{kind}:{argument}")}' cannot be: {why}; a source is {Offer}.");

    private static bool TryInterval(string seconds, out TimeSpan interval)
    {
        interval = default;
        if (!double.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || !(number <= Longest))
        {
            return false;
        }

        interval = TimeSpan.FromSeconds(number);
        return interval >= MachineSourceOptions.ShortestInterval;
    }
}
