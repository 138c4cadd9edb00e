namespace Broadcast.Sqlite.Tests;

public sealed class SqliteMailboxTests() : MailboxContract(new SqliteBackplaneUnderTest());
