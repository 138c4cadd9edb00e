using System.Text.Json;

namespace Broadcast.Example;

/// <summary>What is computed for many: a dashboard for administrators, and everybody's own score.</summary>
internal static class BoardHandlers
{
    private const string Board = "dashboard";

    public static void MapBoards(this IEndpointRouteBuilder app)
    {
        // The second time fails.
        var computed = 0;
        app.Push("figures", Board, TimeSpan.FromMilliseconds(200), (_, _) => Interlocked.Increment(ref computed) is var times && times == 2
            ? throw new InvalidOperationException("The figures are not there.")
            : Task.FromResult<Publication?>(new Publication(JsonSerializer.SerializeToUtf8Bytes(new Fragment("#dashboard", $"Computed {times} times")), ContentKind.Json)));
        app.On("computed", () => Volatile.Read(ref computed));
        app.On("watch-dashboard", async (IConnection connection) =>
        {
            if (Person.Of(connection.Session) is not { IsAdmin: true })
            {
                return Errors.Of($"Only administrators may watch.");
            }

            await connection.JoinAsync(Board);
            return new Fragment("#status", $"You watch");
        });

        app.On("update-scores", async (IConnections connections, Scores scores, People people) =>
        {
            string[] all = [.. connections.All.Select(c => Person.Of(c.Session)?.Id).OfType<string>().Distinct()];
            foreach (var (person, points) in await scores.OfAsync(all))
            {
                await people.SendAsync(person, new Fragment("#score", $"{points} points"));
            }

            return new { People = all.Length, scores.Queries };
        });
        app.On("refresh", () => new FragmentBatch().Add("#status", $"one").Add("#status", $" two", Swap.BeforeEnd).Add("#error"));
    }
}
