using System.Buffers;
using System.Numerics;
using System.Text;

namespace Broadcast.Core;

/// <summary>What this node does with its own clients when any node is asked to; each on its event loop. Any thread may call it.</summary>
internal sealed class LocalClients(Hub hub)
{
    /// <summary>Clients named in one answer.</summary>
    private const int MaxListed = 1_000;

    /// <summary>Clients dealt with before a loop does something else.</summary>
    private const int Slice = 128;

    public Task<ClientList> ListAsync(UserRequest asked) => FindAsync(ConnectionQuery.OfUser(asked.User));

    public async Task<ClientList> FindAsync(ConnectionQuery asked)
    {
        var listed = new List<ClientStatus>();
        var count = await ForEachAsync(asked.In(hub.Connections), asked.Fits, c =>
        {
            if (listed.Count < MaxListed)
            {
                listed.Add(ClientStatus.Of(c));
            }

            return true;
        });
        return new ClientList(count, listed);
    }

    public Task<int> CountAsync(UserRequest asked) => Task.FromResult(hub.Connections.Users.Count(asked.User));

    public Task<int> DisconnectAsync(DisconnectRequest asked) => ForEachAsync(asked.Target, c =>
    {
        var isOpen = c.State == ConnectionState.Open;
        c.Close(asked.Reason);
        return isOpen;
    });

    public Task<int> UnsubscribeAsync(UnsubscribeRequest asked) => ForEachAsync(asked.Target, c =>
    {
        if (c.Find(asked.Room) is not { } subscription)
        {
            return false;
        }

        c.Dialect.Unsubscribe(c, subscription, asked.Reason);
        return true;
    });

    public Task<int> SendAsync(SendRequest asked) => ForEachAsync(
        asked.Target, c => TakesMessages(c) && c.Mail.Send(c.Dialect.Message(asked.Data, asked.Kind), asked.KeptAs));

    public async Task<StatusAnswer> StatusAsync(StatusRequest asked)
    {
        SubscriptionStatus[]? subscriptions = null;
        await hub.WithConnectionAsync(asked.Client, c => subscriptions = [.. c.Subscriptions.Select(SubscriptionStatus.Of)]);
        return new StatusAnswer(subscriptions);
    }

    public Task<int> PauseAsync(PauseRequest asked) => ForEachAsync(ClientTarget.OfClient(asked.Client), c =>
    {
        var subscription = asked.Room.Length == 0 && c.Subscriptions.Count == 1 ? c.Subscriptions[0] : c.Find(asked.Room);
        if (asked.Resume)
        {
            subscription?.Resume();
        }
        else
        {
            subscription?.Pause();
        }

        return subscription is not null;
    });

    /// <summary>Who is told that they are in the room may count on it: they begin where it stands now, not where it stands when their loops come to it.</summary>
    public async Task<JoinCount> JoinAsync(JoinRequest asked)
    {
        var query = QueryOf(asked.Target);
        var there = query.In(hub.Connections);
        if (there.Count == 0)
        {
            return new JoinCount(0, 0, null);
        }

        JoinAt at;
        try
        {
            at = JoinAt.After(await hub.PositionAsync(asked.Room));
        }
        catch (BackplaneException e)
        {
            return new JoinCount(0, there.Count, e.Message);
        }

        var (refused, refusal) = (0, (string?)null);
        var joined = await ForEachAsync(there, query.Fits, c =>
        {
            var why = c.State == ConnectionState.Open ? c.Take(asked.Room, at) : "The client is going.";
            refused += why is null ? 0 : 1;
            refusal ??= why;
            return why is null;
        });
        return new JoinCount(joined, refused, refusal);
    }

    /// <summary>They were checked by the node that asks; one with other bounds takes what it may.</summary>
    public Task<int> ReplaceAttributesAsync(AttributesRequest asked)
    {
        // Not on their loops: whoever replaces a session asks the application's predicates.
        var query = QueryOf(asked.Target);
        return Task.FromResult(query.In(hub.Connections).Count(c =>
            query.Fits(c) && c.UpdateSession(s => s with { Attributes = asked.Attributes }) is null));
    }

    public Task<AudienceCount> SendToAsync(AudienceRequest asked) => SendToAsync(
        hub.Connections.CandidatesOf(asked.Audience), c => hub.Audiences.Includes(asked.Audience, c) ? 1UL : 0, _ => (asked.Data, asked.Kind));

    public async Task<AudienceCount> SendPartsAsync(PartsRequest asked)
    {
        if (asked.Parts.Count > ClientCalls.MaxParts)
        {
            return new AudienceCount(0, 0, 0);
        }

        var updates = 0L;
        var sent = await SendToAsync(
            [.. asked.Parts.SelectMany(p => hub.Connections.CandidatesOf(p.Audience)).Distinct()], c => PartsFor(c, asked), parts => (Join(asked, parts), ContentKind.Json),
            parts => updates += BitOperations.PopCount(parts));
        hub.Metrics.Batches.Add(sent.Connections);
        hub.Metrics.BatchedUpdates.Add(updates);
        return sent;
    }

    /// <summary>Finds them by the registry, and looks on their loops which parts of the message mean them then, each a bit.</summary>
    /// <param name="accepted">Told the parts for each client that takes them, one after the other.</param>
    private static async Task<AudienceCount> SendToAsync(
        IReadOnlyList<Connection> candidates, Func<Connection, ulong> meant, Func<ulong, (ReadOnlyMemory<byte> Data, ContentKind Kind)> message, Action<ulong>? accepted = null)
    {
        // Most clients of a path are told the same bytes.
        var encoded = new Dictionary<(object Form, ulong Parts), ReadOnlyMemory<byte>>();
        var (users, all) = (new HashSet<string>(StringComparer.Ordinal), 0);
        var connections = await ForEachAsync(candidates, _ => true, c =>
        {
            var parts = meant(c);
            all += parts == 0 ? 0 : 1;
            if (parts == 0 || !TakesMessages(c))
            {
                return false;
            }

            var key = (c.Dialect.MessageForm, parts);
            if (!encoded.TryGetValue(key, out var bytes))
            {
                var (data, kind) = message(parts);
                encoded[key] = bytes = c.Dialect.Message(data, kind);
            }

            if (!c.Mail.Send(bytes, letter: null))
            {
                return false;
            }

            accepted?.Invoke(parts);
            if (c.User is { } user)
            {
                users.Add(user);
            }

            return true;
        });
        return new AudienceCount(connections, users.Count, all);
    }

    private static bool TakesMessages(Connection connection) => connection.State == ConnectionState.Open && connection.Dialect.TakesMessages(connection);

    private ulong PartsFor(Connection connection, PartsRequest asked)
    {
        var parts = 0UL;
        for (var i = 0; i < asked.Parts.Count; i++)
        {
            parts |= hub.Audiences.Includes(asked.Parts[i].Audience, connection) ? 1UL << i : 0;
        }

        return parts;
    }

    private static byte[] Join(PartsRequest asked, ulong parts)
    {
        var json = new ArrayBufferWriter<byte>();
        Encoding.UTF8.GetBytes(asked.Before, json);
        for (var (i, isFirst) = (0, true); i < asked.Parts.Count; i++)
        {
            if (((parts >> i) & 1) != 0)
            {
                json.Write(isFirst ? [] : ","u8);
                json.Write(asked.Parts[i].Json.Span);
                isFirst = false;
            }
        }

        Encoding.UTF8.GetBytes(asked.After, json);
        return json.WrittenSpan.ToArray();
    }

    private static ConnectionQuery QueryOf(ClientTarget target) => new() { Client = target.Client, User = target.User };

    private Task<int> ForEachAsync(ClientTarget target, Func<Connection, bool> action)
    {
        var query = QueryOf(target);
        return ForEachAsync(query.In(hub.Connections), query.Fits, action);
    }

    /// <param name="fits">Asked on the client's loop: some may have gone, or may have become somebody else's, on the way there.</param>
    /// <param name="action">On the client's loop, one after the other; returns whether it did something.</param>
    /// <returns>For how many it did.</returns>
    private static async Task<int> ForEachAsync(IReadOnlyList<Connection> connections, Func<Connection, bool> fits, Func<Connection, bool> action)
    {
        var done = 0;
        foreach (var onLoop in connections.GroupBy(c => c.Loop))
        {
            foreach (var some in onLoop.Chunk(Slice))
            {
                await onLoop.Key.PostAsync(() =>
                {
                    foreach (var connection in some)
                    {
                        done += connection.Slot >= 0 && fits(connection) && action(connection) ? 1 : 0;
                    }
                });
            }
        }

        return done;
    }
}
