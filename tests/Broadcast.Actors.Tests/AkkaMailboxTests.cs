namespace Broadcast.Actors.Tests;

public sealed class AkkaMailboxTests() : MailboxContract(new AkkaBackplaneUnderTest());
