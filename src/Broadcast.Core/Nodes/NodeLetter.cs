using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Broadcast.Core;

/// <summary>
/// What nodes tell each other, as JSON. Fields that a node does not know are passed over; what it cannot understand at all, since a newer node
/// said it, has another <see cref="Form"/> or <see cref="Kind"/>.
/// </summary>
/// <param name="Form">Raised when older nodes must not read on.</param>
/// <param name="Kind">One of <see cref="LetterKind"/>.</param>
/// <param name="Sender">Every letter says who is there, so that each counts as a heartbeat.</param>
/// <param name="Call">Of a call and its answers: which of the caller's it is.</param>
/// <param name="Method">Of a call: what is asked for.</param>
/// <param name="Body">What the method takes or gives.</param>
/// <param name="Failure">Of an answer without a body: why there is none.</param>
/// <param name="Clients">Of a heartbeat: how far the sender has told of its clients; null if it does not.</param>
/// <param name="Claims">Of a heartbeat: lost nodes of which the sender tells, or is about to.</param>
/// <param name="Told">Of a heartbeat: lost nodes of which the sender has told all.</param>
internal sealed record NodeLetter(
    int Form, string Kind, NodeInfo Sender, long Call = 0, string? Method = null, JsonElement? Body = null, string? Failure = null,
    ListMark? Clients = null, IReadOnlyList<NodeLoss>? Claims = null, IReadOnlyList<NodeLoss>? Told = null)
{
    public const int ThisForm = 1;

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, NodeJson.Default.NodeLetter);

    /// <param name="why">Why it cannot be read: <c>damaged</c>, or <c>unknown</c> where a newer node may understand it.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out NodeLetter? letter, [NotNullWhen(false)] out string? why)
    {
        try
        {
            letter = JsonSerializer.Deserialize(bytes, NodeJson.Default.NodeLetter);
        }
        catch (JsonException)
        {
            letter = null;
        }

        why = letter is { Form: > ThisForm } ? "unknown" : letter is { Kind: not null, Sender: { Id: not null, Name: not null } } ? null : "damaged";
        return why is null;
    }
}

/// <summary>Kinds of letters; the words go over the wire.</summary>
internal static class LetterKind
{
    /// <summary>The sender has just come; whoever hears it says at once that it is there too.</summary>
    public const string Hello = "hello";

    /// <summary>The sender is there.</summary>
    public const string Here = "here";

    /// <summary>The sender goes, and its clients have gone.</summary>
    public const string Bye = "bye";

    public const string Call = "call";

    public const string Answer = "answer";

    /// <summary>A batch of what has changed among the sender's clients, or a page of all of them: <see cref="ClientNews"/>.</summary>
    public const string Clients = "clients";

    /// <summary>The sender asks for all clients of who hears it.</summary>
    public const string List = "list";

    /// <summary>Who hears it was taken for lost: its clients have gone, for all that others were told.</summary>
    public const string Lost = "lost";
}
