using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Broadcast.Gateway;

/// <summary>What operators see and do: nodes, sources, and one client's subscriptions, on whichever node it is.</summary>
internal sealed class OperatorEndpoints(Cluster cluster, Feeds feeds, Operators operators)
{
    public async Task NodesAsync(HttpContext context)
    {
        if (await operators.RefuseAsync(context) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        await Json.WriteAsync(context, json =>
        {
            json.WriteStartArray("nodes");
            foreach (var node in cluster.Nodes)
            {
                Write(json, node);
            }

            json.WriteEndArray();
            json.WriteTrouble(cluster.Trouble);
        });
    }

    public async Task SourcesAsync(HttpContext context)
    {
        if (await operators.RefuseAsync(context) is { } refusal)
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
        if (await operators.RefuseAsync(context) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        var id = Id(context);
        var answers = await cluster.Clients.StatusAsync(id);
        if (answers.FirstOrDefault(a => a.Value is not null) is not { Value: { } subscriptions } found)
        {
            await NoSuchClient(answers).WriteAsync(context);
            return;
        }

        await Json.WriteAsync(context, json =>
        {
            json.WriteString("client", id);
            json.WriteString("node", found.Node!.Name);
            json.WriteStartArray("subscriptions");
            foreach (var subscription in subscriptions)
            {
                Write(json, subscription);
            }

            json.WriteEndArray();
        });
    }

    public Task PauseAsync(HttpContext context) => PauseAsync(context, resume: false);

    public Task ResumeAsync(HttpContext context) => PauseAsync(context, resume: true);

    private static string Id(HttpContext context) => (string?)context.GetRouteValue("client") ?? "";

    /// <summary>A node that did not answer may have it.</summary>
    private static Refusal NoSuchClient<T>(IReadOnlyList<NodeAnswer<T>> answers) =>
        answers.FirstOrDefault(a => !a.IsAnswered) is { } missing
            ? Refusal.Unavailable($"No node that answered has such a client in this room; missing is {missing.Node?.Name ?? "what other nodes have"}: {missing.Failure}")
            : new Refusal(StatusCodes.Status404NotFound, ErrorCode.UnknownRoom, "No node has such a client, or the client is not in this room.");

    private static void Write(Utf8JsonWriter json, NodeInfo node)
    {
        json.WriteStartObject();
        json.WriteString("id", node.Id);
        json.WriteString("name", node.Name);
        json.WriteString("address", node.Address);
        json.WriteString("version", node.Version);
        json.WriteString("started", node.Started);
        json.WriteNumber("connections", node.Connections);
        json.WriteNumber("rooms", node.Rooms);
        json.WriteNumber("load", Math.Round(node.Load, 3));
        json.WriteString("lastSeen", node.LastSeen);
        json.WriteEndObject();
    }

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

    private async Task PauseAsync(HttpContext context, bool resume)
    {
        if (await operators.RefuseAsync(context) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        // Without a room it is the only one the client has.
        var answers = await cluster.Clients.PauseAsync(Id(context), context.Request.Query["room"].ToString(), resume);
        if (answers.All(a => a.Value == 0))
        {
            await NoSuchClient(answers).WriteAsync(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
