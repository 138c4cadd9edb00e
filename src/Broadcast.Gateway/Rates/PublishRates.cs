using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>Holds publishers to the rates of their rooms: each socket by itself, each caller of POST per room. Any thread may ask.</summary>
internal sealed class PublishRates(Access access, Hub hub)
{
    private readonly RateGates _gates = new(hub.Time);

    /// <returns>The gate of one socket, or null where there is no limit.</returns>
    public RateGate? ForSocket(string room, Caller caller)
    {
        var rate = access.RuleOf(room).PublishRate;
        return IsLimited(rate, caller) ? new RateGate(rate, hub.Time) : null;
    }

    /// <returns>Null, or the answer to whoever publishes too often.</returns>
    public Refusal? Refuse(HttpContext context, string room, Caller caller)
    {
        var rate = access.RuleOf(room).PublishRate;
        if (!IsLimited(rate, caller) || GateOf(room, rate, caller.User is { } user ? "=" + user : AddressOf(context)).TryPass(out var wait))
        {
            return null;
        }

        Count();
        return Refusal.TooManyRequests(rate.PerSecond, wait);
    }

    /// <summary>One publication was refused because of its rate.</summary>
    public void Count() => hub.Metrics.Refused("rate");

    private static bool IsLimited(RateOptions rate, Caller caller) => rate.PerSecond > 0 && !caller.IsApiKey;

    /// <summary>Who has one address of IPv6 has its /64.</summary>
    private static string AddressOf(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address)
        {
            return "";
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new IPAddress([.. address.GetAddressBytes().AsSpan(0, 8), .. (ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0]]).ToString()
            : address.ToString();
    }

    /// <summary>No caller is named *, so that this is one for all that found no place.</summary>
    private RateGate GateOf(string room, RateOptions rate, string caller) => _gates.Of((room, caller), (access.RuleOf(room).Name, "*"), rate);
}
