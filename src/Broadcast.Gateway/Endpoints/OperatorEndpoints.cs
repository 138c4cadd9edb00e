using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Broadcast.Gateway;

/// <summary>What operators see and do: sources, and one client's subscriptions.</summary>
internal sealed class OperatorEndpoints(Hub hub, Feeds feeds, Access access, Callers callers, Origins origins)
{
    public async Task SourcesAsync(HttpContext context)
    {
        if (await CheckAsync(context) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        await Json.WriteAsync(context, json =>
        {
            json.WriteStartArray("sources");
            foreach (var source in feeds.List())
            {
                Write(json, source);
            }

            json.WriteEndArray();
        });
    }

    public async Task ConnectionAsync(HttpContext context)
    {
        if (await CheckAsync(context) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        // Taken on the loop, written off it.
        List<SubscriptionStatus>? subscriptions = null;
        var id = Id(context);
        await hub.WithConnectionAsync(id, c => subscriptions = [.. c.Subscriptions.Select(SubscriptionStatus.Of)]);
        if (subscriptions is null)
        {
            await NoSuchClient().WriteAsync(context);
            return;
        }

        await Json.WriteAsync(context, json =>
        {
            json.WriteString("client", id);
            json.WriteStartArray("subscriptions");
            foreach (var subscription in subscriptions)
            {
                Write(json, subscription);
            }

            json.WriteEndArray();
        });
    }

    public Task PauseAsync(HttpContext context) => OnSubscriptionAsync(context, s => s.Pause());

    public Task ResumeAsync(HttpContext context) => OnSubscriptionAsync(context, s => s.Resume());

    private static string Id(HttpContext context) => (string?)context.GetRouteValue("client") ?? "";

    private static Refusal NoSuchClient() =>
        new(StatusCodes.Status404NotFound, ErrorCode.UnknownRoom, "This node has no such client, or the client is not in this room.");

    private static void Write(Utf8JsonWriter json, SourceStatus source)
    {
        json.WriteStartObject();
        json.WriteString("name", source.Name);
        json.WriteString("room", source.Room);
        json.WriteString("state", source.State switch
        {
            SourceState.Running => "running",
            SourceState.Restarting => "restarting",
            SourceState.Ended => "ended",
            _ => "failed",
        });
        json.WriteBoolean("paused", source.IsPaused);
        json.WriteString("since", source.Since);
        json.WriteNumber("read", source.Read);
        json.WriteNumber("restarts", source.Restarts);
        if (source.Reason is not null)
        {
            json.WriteString("reason", source.Reason);
        }

        if (source.NextTry is { } next)
        {
            json.WriteString("nextTry", next);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SubscriptionStatus subscription)
    {
        json.WriteStartObject();
        json.WriteString("room", subscription.Room);
        json.WriteString("state", subscription.State);
        json.WriteString("position", subscription.Position.ToString());
        json.WriteString("head", subscription.Head.ToString());
        json.WriteNumber("behind", subscription.Behind);
        json.WriteBoolean("paused", subscription.IsPaused);
        json.WriteBoolean("parked", subscription.IsParked);
        json.WriteString("lastDecision", subscription.LastDecision);
        json.WriteEndObject();
    }

    private async Task OnSubscriptionAsync(HttpContext context, Action<Subscription> action)
    {
        var room = context.Request.Query["room"].ToString();
        if (await CheckAsync(context) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        var found = false;
        await hub.WithConnectionAsync(Id(context), c =>
        {
            // Without a room it is the only one the client has.
            var subscription = room.Length == 0 && c.Subscriptions.Count == 1 ? c.Subscriptions[0] : c.Find(room);
            found = subscription is not null;
            if (subscription is not null)
            {
                action(subscription);
            }
        });
        if (!found)
        {
            await NoSuchClient().WriteAsync(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async ValueTask<Refusal?> CheckAsync(HttpContext context)
    {
        if (!origins.Admit(context))
        {
            return Refusal.Forbidden("This origin is not allowed.");
        }

        var asking = await callers.OfAsync(context);
        return asking.Refusal
            ?? (access.IsOperator(asking.Caller) ? null : Refusal.Forbidden("Only operators may do this; see the setting Broadcast:Operators."));
    }
}
