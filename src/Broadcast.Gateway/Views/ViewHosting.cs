using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway;

/// <summary>Adds what an application shows to classes of clients.</summary>
public static class ViewHosting
{
    /// <summary>
    /// Lets rooms look different to classes of clients: on every path, live, from history and when a client comes back. Of several that match a room the first counts;
    /// a room that none matches looks alike to all.
    /// </summary>
    /// <param name="rooms">A room's name, or a prefix that ends in <c>*</c>.</param>
    /// <param name="view">
    /// Gives the key of the view that a session gets, such as <c>guest</c> or <c>member:eu</c>; asked whenever a session is made or replaced. It looks at the session
    /// and at nothing else, and is fast, since whoever replaces the session waits. Few different ones: each costs a projection for each publication. If it throws, that
    /// client is shown nothing.
    /// </param>
    /// <param name="project">
    /// Gives what the view with that key shows of a publication: itself, another one, or null to withhold it. Called once for each publication and view, on the
    /// thread pool, in the room's order. If it throws or takes longer than <see cref="ViewOptions.Timeout"/>, that view is not shown the publication.
    /// </param>
    /// <exception cref="ArgumentException">The name is not good, or has views already; the message is one sentence.</exception>
    /// <exception cref="InvalidOperationException">The application has started.</exception>
    public static IEndpointRouteBuilder MapView(
        this IEndpointRouteBuilder endpoints, string rooms, Func<Session, string> view, Func<Publication, string, CancellationToken, ValueTask<Publication?>> project)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (RoomPattern.Refusal(rooms) is { } refusal)
        {
            throw new ArgumentException($"Views are for '{rooms}'; {refusal}", nameof(rooms));
        }

        endpoints.ServiceProvider.GetRequiredService<Hub>().Views.Map(rooms, room => RoomPattern.Matches(rooms, room), view, project);
        return endpoints;
    }

    /// <inheritdoc cref="MapView(IEndpointRouteBuilder, string, Func{Session, string}, Func{Publication, string, CancellationToken, ValueTask{Publication}})"/>
    public static IEndpointRouteBuilder MapView(
        this IEndpointRouteBuilder endpoints, string rooms, Func<Session, string> view, Func<Publication, string, Publication?> project)
    {
        ArgumentNullException.ThrowIfNull(project);
        return endpoints.MapView(rooms, view, (publication, key, _) => ValueTask.FromResult(project(publication, key)));
    }
}
