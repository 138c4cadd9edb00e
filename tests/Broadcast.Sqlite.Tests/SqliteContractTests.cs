namespace Broadcast.Sqlite.Tests;

public sealed class SqliteContractTests() : BackplaneContract(new SqliteBackplaneUnderTest());
