using StackExchange.Redis;

namespace Broadcast.Redis;

/// <summary>What a room's keys and channel are called. Names of rooms have no spaces, so that no two are alike.</summary>
internal sealed class Keys(string prefix)
{
    private readonly string _head = $"{prefix}:head:", _history = $"{prefix}:history:", _spans = $"{prefix}:spans:";
    private readonly string _once = $"{prefix}:once:", _channel = $"{prefix}:room:";

    public RedisKey[] Of(string room) => [_head + room, _history + room, _spans + room];

    public RedisKey[] Of(string room, string? idempotencyKey) =>
        idempotencyKey is null ? Of(room) : [_head + room, _history + room, _spans + room, $"{_once}{room} {idempotencyKey}"];

    /// <summary>By its very name; a prefix with an asterisk is no pattern.</summary>
    public RedisChannel ChannelOf(string room) => new(_channel + room, RedisChannel.PatternMode.Literal);
}
