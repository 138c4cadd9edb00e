using Microsoft.Data.Sqlite;

namespace Broadcast.Sqlite;

/// <summary>Why a transaction was not carried out.</summary>
/// <param name="Reason">One sentence for publishers.</param>
/// <param name="IsUncertain">Whether it may be in the file after all.</param>
/// <param name="IsOfOne">Whether one of several may be to blame: what does not fit.</param>
internal sealed record StoreFailure(string Reason, bool IsUncertain, bool IsOfOne = false)
{
    private const int ReadOnly = 8, Full = 13, TooBig = 18, Constraint = 19;

    public static StoreFailure Of(SqliteException e, bool isUncertain) =>
        new(SentenceOf(e), isUncertain, !isUncertain && e.SqliteErrorCode is Full or TooBig or Constraint);

    public static string SentenceOf(SqliteException e)
    {
        return e.SqliteErrorCode switch
        {
            Full => "The node's disk is full, or its data as large as they may be.",
            ReadOnly => "The node's data cannot be written to.",
            _ => $"The node cannot write its data (SQLite's error {e.SqliteErrorCode}).",
        };
    }
}
