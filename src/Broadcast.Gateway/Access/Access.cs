using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Says who may do what in which room. Any thread may call it.</summary>
internal sealed class Access(IOptions<BroadcastOptions> options)
{
    /// <summary>Rules found before; names come from clients, so it is bounded.</summary>
    private const int MaxFound = 10_000;

    private static readonly RoomOptions s_closed = new() { Name = "*" };

    private readonly BroadcastOptions _options = options.Value;
    private readonly ConcurrentDictionary<string, RoomOptions> _found = new(StringComparer.Ordinal);

    public RoomOptions RuleOf(string room)
    {
        if (_found.TryGetValue(room, out var known))
        {
            return known;
        }

        var rule = _options.Rooms.FirstOrDefault(r => r.Matches(room)) ?? s_closed;
        if (_found.Count < MaxFound)
        {
            _found[room] = rule;
        }

        return rule;
    }

    public bool MaySubscribe(Caller caller, string room) => Is(RuleOf(room).Subscribe, caller, room);

    public bool MayPublish(Caller caller, string room) => Is(RuleOf(room).Publish, caller, room);

    public bool MayReadHistory(Caller caller, string room) => Is(RuleOf(room).History ?? RuleOf(room).Subscribe, caller, room);

    public bool MaySeePresence(Caller caller, string room) => Is(RuleOf(room).Presence, caller, room);

    public bool IsOperator(Caller caller) => Is(_options.Operators, caller, room: null);

    /// <summary>Whoever has an API key is the server's own other half, and is trusted with everything.</summary>
    private static bool Is(Who who, Caller caller, string? room) =>
        caller.IsApiKey
        || (who & Who.Anyone) != 0
        || ((who & Who.Loopback) != 0 && caller.IsLoopback)
        || ((who & Who.SignedIn) != 0 && caller.IsSignedIn)
        || ((who & Who.Token) != 0 && room is not null && caller.IsGranted(room));
}
