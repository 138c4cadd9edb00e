using System.Text;
using System.Text.RegularExpressions;
using Broadcast.Protocol;

namespace Broadcast.Example;

/// <summary>What is meant for some, looks different to some, and waits for those who are away.</summary>
internal static partial class AnnouncementHandlers
{
    private const string PremiumOrAdmin = "premium-or-admin";

    public static void MapAnnouncements(this IEndpointRouteBuilder app)
    {
        app.MapAudience(PremiumOrAdmin, s => s.Attributes.Has("plan", "gold") || s.Attributes.Has(Person.AdminName, true));
        app.MapView("prices*", s => s.User is null ? "guest" : "member", (publication, view) => view == "guest" ? Masked(publication) : publication);

        app.On("announce", async (Announcement said, IConnections connections) =>
        {
            var answers = await connections.SendAsync(AudienceOf(said.Priority), new Fragment("#announcements", $"<p>{said.Text}</p>", Swap.AfterBegin));
            return $"Sent to {answers.Sum(a => a.Value?.Users ?? 0)} users on {answers.Sum(a => a.Value?.Connections ?? 0)} connections";
        });
        app.On("tell-premium", (Said said, IConnection connection, IBroadcaster broadcaster) =>
            CountsAsync(broadcaster.PublishWithReceiptAsync(said.Room, new { said.Text }, Audience.Named(PremiumOrAdmin).Except(connection.Id))));
        app.On("tell-near", (Near near, IBroadcaster broadcaster) =>
            CountsAsync(broadcaster.PublishWithReceiptAsync(near.Room, new { near.Text }, Audience.Within(new Location(near.Latitude, near.Longitude), near.Kilometres * 1_000))));
        app.On("stand-at", (Place place, IConnection connection) =>
            connection.UpdateSession(s => s with { Location = new Location(place.Latitude, place.Longitude) }));
        app.On("keep-for", async (Kept kept, IConnections connections) =>
            (await connections.SendOrKeepAsync(kept.To, new Fragment("#inbox", $"<li>{kept.Text}</li>", Swap.BeforeEnd))).Outcome.ToString());
    }

    private static Audience AudienceOf(string priority) => priority switch
    {
        "high" => Audience.SignedIn,
        "medium" => Audience.Named(PremiumOrAdmin),
        "low" => Audience.Attribute(Person.AdminName, true),
        _ => Audience.Nobody,
    };

    private static Publication Masked(Publication publication) =>
        publication.With(Encoding.UTF8.GetBytes(Digits().Replace(Encoding.UTF8.GetString(publication.Data.Span), "***")), ContentKind.Text);

    private static async Task<ReceiptCounts> CountsAsync(Task<Receipt> publishing) => (await publishing).Sum;

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();

    private sealed record Announcement(string Priority, string Text);

    private sealed record Said(string Room, string Text);

    private sealed record Near(string Room, string Text, double Latitude, double Longitude, double Kilometres);

    private sealed record Place(double Latitude, double Longitude);

    private sealed record Kept(string To, string Text);
}
