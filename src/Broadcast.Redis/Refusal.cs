using StackExchange.Redis;

namespace Broadcast.Redis;

/// <summary>Why Redis did not do what it was asked.</summary>
/// <param name="Reason">One sentence for publishers.</param>
/// <param name="IsCertain">Whether nothing was stored or handed over.</param>
/// <param name="IsAnother">Whether it is not the server any more that this node knew: it was restarted, or has become a replica.</param>
internal sealed record Refusal(string Reason, bool IsCertain, bool IsAnother = false)
{
    public static Refusal Of(RedisServerException e) => Code(e.Message) switch
    {
        "NOSCRIPT" => new Refusal("Redis was restarted, and is about to be used again.", IsCertain: true, IsAnother: true),
        "READONLY" => new Refusal("Redis has become a replica, which takes no publications.", IsCertain: true, IsAnother: true),
        "LOADING" => new Refusal("Redis is still loading its data.", IsCertain: true),
        "OOM" => new Refusal("Redis has no memory left for publications.", IsCertain: true),
        "MISCONF" => new Refusal("Redis cannot save its data, and takes no publications.", IsCertain: true),
        "NOREPLICAS" => new Refusal("Redis has fewer replicas than it is set to need.", IsCertain: true),
        "MASTERDOWN" => new Refusal("Redis is a replica that has lost its master.", IsCertain: true, IsAnother: true),
        "BUSY" => new Refusal("Redis is busy with somebody's script.", IsCertain: true),
        "NOAUTH" or "NOPERM" or "WRONGPASS" => new Refusal("Redis does not let this node do that.", IsCertain: true),
        var code => new Refusal($"Redis failed ({code}).", IsCertain: false),
    };

    /// <summary>Errors begin with a word in capitals.</summary>
    private static string Code(string message) => message.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end ? message[..end] : message;
}
