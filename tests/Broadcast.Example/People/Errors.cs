namespace Broadcast.Example;

/// <summary>What was refused, as the page shows it.</summary>
internal static class Errors
{
    public static Fragment NotSignedIn => Of($"Sign in first.");

    public static Fragment Of(Html text) => new("#error", $"""<p class="error">{text}</p>""");
}
