namespace Broadcast.Sqlite.Tests;

public sealed class SqliteFaultsTests() : FaultsContract(new SqliteBackplaneUnderTest());
