namespace Broadcast.Sqlite;

/// <summary>The data folder cannot be used; the message is one sentence for the operator.</summary>
public sealed class DataException(string message, Exception? inner = null) : Exception(message, inner);
