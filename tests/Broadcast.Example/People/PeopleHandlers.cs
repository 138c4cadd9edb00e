namespace Broadcast.Example;

/// <summary>Signing in, and what goes from one person to another.</summary>
internal static class PeopleHandlers
{
    public static void MapPeople(this IEndpointRouteBuilder app)
    {
        app.On("sign-in", (SignIn asked, IConnection connection) =>
        {
            connection.UpdateSession(new Person(asked.Id, asked.Name, asked.IsAdmin).In);
            return new Fragment("#status", $"Signed in as <b>{asked.Name}</b>");
        });
        app.On("set-plan", (SetPlan asked, IConnection connection) => connection.UpdateSession(s => s.With("plan", asked.Plan)));
        app.On("who-am-i", (IConnection connection) => new { connection.Id, connection.User, Plan = connection.Session.Attributes["plan"]?.Text });

        app.On("private-message", async (PrivateMessage asked, IConnection connection, People people) =>
        {
            if (Person.Of(connection.Session) is not { } sender)
            {
                return Errors.NotSignedIn;
            }

            var reached = await people.SendAsync(asked.To, new Fragment("#private", $"<p><b>{sender.Name}</b> {asked.Text}</p>", Swap.BeforeEnd));
            return reached == 0 ? Errors.Of($"{asked.To} is not connected.") : new Fragment("#status", $"Sent to {asked.To}");
        });
        app.On("follow-user", async (FollowUser asked, IConnection connection, People people) =>
        {
            if (Person.Of(connection.Session) is not { } follower)
            {
                return Errors.NotSignedIn;
            }

            await people.NotifyAsync(asked.Id, "info", "New follower", $"{follower.Name} follows you");
            return new Fragment("#status", $"You follow {asked.Id}");
        });

        app.On("connections", (IConnections connections) => connections.All.Select(c => c.Id));
        app.On("find", async (Find asked, People people) => (await people.FindAsync(asked.Attribute, asked.Value)).Select(c => c.Client));
        app.On("poke", (Poke asked, IBroadcaster broadcaster) => broadcaster.SendAsync(asked.Id, new Fragment("#status", $"Poked: {asked.Text}")));
        app.On("replace-plan", async (ReplacePlan asked, IConnections connections) =>
            (await connections.ReplaceAttributesAsync(ClientTarget.OfUser(asked.User), SessionAttributes.Empty.Set("plan", asked.Plan))).Sum(a => a.Value));
        app.On("message-user", async (PrivateMessage asked, IConnections connections) =>
            (await connections.SendToUserAsync(asked.To, new Fragment("#private", $"<p>{asked.Text}</p>"))).Sum(a => a.Value));
    }

    private sealed record SignIn(string Id, string Name, bool IsAdmin = false);

    private sealed record SetPlan(string Plan);

    private sealed record PrivateMessage(string To, string Text);

    private sealed record FollowUser(string Id);

    private sealed record Find(string Attribute, string Value);

    private sealed record Poke(string Id, string Text);

    private sealed record ReplacePlan(string User, string Plan);
}
