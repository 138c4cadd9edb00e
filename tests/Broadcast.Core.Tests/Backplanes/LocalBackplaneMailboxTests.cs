namespace Broadcast.Core.Tests.Backplanes;

public sealed class LocalBackplaneMailboxTests() : MailboxContract(new LocalBackplaneUnderTest());
