namespace Broadcast.Protocol;

/// <summary>One message for a room, as its publisher gave it. Immutable; shared by every room, path and subscriber that shows it.</summary>
public sealed class Publication(ReadOnlyMemory<byte> data, ContentKind kind)
{
    /// <summary>What an object of this class costs besides its bytes; a round figure for bounds, not a measurement.</summary>
    private const int Overhead = 96;

    /// <summary>The payload. The caller gives the memory away: nobody may write to it afterwards.</summary>
    public ReadOnlyMemory<byte> Data { get; } = data;

    public ContentKind Kind { get; } = kind;

    /// <summary>Names what this publication is the newest value of; <c>conflate</c> keeps the newest one per key. At most 255 bytes.</summary>
    public string? Key { get; init; }

    /// <summary>The event's name on SSE and in envelopes. At most 255 bytes, no line breaks.</summary>
    public string? Event { get; init; }

    /// <summary>The client that published it; null for sources and for publishers that are not connected.</summary>
    public ClientInfo? Info { get; init; }

    /// <summary>The user that published it; null for anonymous publishers and sources.</summary>
    public string? Publisher => Info is { User.Length: > 0 } ? Info.User : null;

    /// <summary>Free labels, at most 32, each name and value at most 255 bytes.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Whom it is meant for; null for everybody. Clients cannot say it, only the application and its back ends.</summary>
    public Audience? Audience { get; init; }

    /// <summary>Whether nodes count what becomes of it among their members.</summary>
    public bool WantsReceipt { get; init; }

    /// <summary>What it is counted with against bounds in bytes.</summary>
    public int Cost => Data.Length + Overhead + (Audience?.Cost ?? 0) + (2 * ((Key?.Length ?? 0) + (Event?.Length ?? 0)))
        + (Info is null ? 0 : 96 + (2 * (Info.Client.Length + Info.User.Length)) + (Info.ConnInfo?.Length ?? 0))
        + (Tags is null ? 0 : 128 * Tags.Count);

    /// <summary>The same, published by somebody.</summary>
    internal Publication By(ClientInfo? info) => Copy(info, Audience, WantsReceipt);

    /// <summary>The same, meant for somebody.</summary>
    public Publication For(Audience? audience) => Copy(Info, audience, WantsReceipt);

    /// <summary>The same, with what becomes of it counted.</summary>
    internal Publication WithReceipt() => Copy(Info, Audience, wantsReceipt: true);

    /// <summary>The same with another payload. Key, event, publisher and tags stay; a projection that is to hide one of them makes a new publication.</summary>
    public Publication With(ReadOnlyMemory<byte> data, ContentKind kind) => new(data, kind) { Key = Key, Event = Event, Tags = Tags, Info = Info };

    public static Publication Text(string text) => new(System.Text.Encoding.UTF8.GetBytes(text), ContentKind.Text);

    private Publication Copy(ClientInfo? info, Audience? audience, bool wantsReceipt) =>
        new(Data, Kind) { Key = Key, Event = Event, Tags = Tags, Info = info, Audience = audience, WantsReceipt = wantsReceipt };
}
