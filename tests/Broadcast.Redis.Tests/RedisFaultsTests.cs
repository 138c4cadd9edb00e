namespace Broadcast.Redis.Tests;

public sealed class RedisFaultsTests() : FaultsContract(new RedisBackplaneUnderTest());
