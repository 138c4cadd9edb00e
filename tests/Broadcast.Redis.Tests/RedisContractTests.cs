namespace Broadcast.Redis.Tests;

public sealed class RedisContractTests() : BackplaneContract(new RedisBackplaneUnderTest());
