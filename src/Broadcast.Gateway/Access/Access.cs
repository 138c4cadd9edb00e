using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
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

    public bool MaySubscribe(HttpContext context, string room) => Is(RuleOf(room).Subscribe, context);

    public bool MayPublish(HttpContext context, string room) => Is(RuleOf(room).Publish, context);

    public bool MayReadHistory(HttpContext context, string room) => Is(RuleOf(room).History ?? RuleOf(room).Subscribe, context);

    public bool MaySeePresence(HttpContext context, string room) => Is(RuleOf(room).Presence, context);

    public bool IsOperator(HttpContext context) => Is(_options.Operators, context);

    private static bool Is(Who who, HttpContext context) => who switch
    {
        Who.Anyone => true,
        Who.Loopback => IsLoopback(context),
        _ => false,
    };

    /// <summary>
    /// A proxy on this machine makes everybody look local, so that a forwarded request is not; and a page may have made its own name
    /// resolve to 127.0.0.1, so that the host must be a loopback name too.
    /// </summary>
    private static bool IsLoopback(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.ContainsKey("X-Forwarded-For") || headers.ContainsKey("Forwarded") || headers.ContainsKey("X-Real-IP"))
        {
            return false;
        }

        var isInMemory = context.Connection.RemoteIpAddress is null && context.Features.Get<IConnectionSocketFeature>() is null;
        var isLocal = context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        return isInMemory || (isLocal && IsLoopbackName(context.Request.Host.Host));
    }

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
