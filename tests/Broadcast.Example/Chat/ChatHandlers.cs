namespace Broadcast.Example;

/// <summary>A chat: what is said is kept first, then everybody in the room gets it.</summary>
internal static class ChatHandlers
{
    public static void MapChat(this IEndpointRouteBuilder app)
    {
        app.On("send-message", async (Said said, IConnection connection, Messages messages, IBroadcaster broadcaster, TimeProvider time) =>
        {
            if (Person.Of(connection.Session) is not { } speaker)
            {
                return Errors.NotSignedIn;
            }

            if (connection.Session.Attributes[Person.RoomName]?.Text is not { } room)
            {
                return Errors.Of($"Join a room first.");
            }

            var number = await messages.SaveAsync(said.Text);
            Html row = $"""<li id="message-{number}"><b>{speaker.Name}</b> {said.Text} <time>{time.GetUtcNow():HH:mm}</time></li>""";
            var result = await broadcaster.PublishAsync(room, new Fragment("#messages", row, Swap.BeforeEnd));
            return result.IsAccepted ? new Fragment("#message-input", $"""<input id="message-input">""", Swap.OuterHtml) : Errors.Of($"Nobody got it; try again.");
        });
        app.On("saved-messages", (Messages messages) => messages.Count);
    }

    private sealed record Said(string Text);
}
