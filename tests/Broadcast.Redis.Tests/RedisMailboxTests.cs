namespace Broadcast.Redis.Tests;

public sealed class RedisMailboxTests() : MailboxContract(new RedisBackplaneUnderTest());
