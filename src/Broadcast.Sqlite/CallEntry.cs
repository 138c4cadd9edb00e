namespace Broadcast.Sqlite;

/// <summary>A call that writes nothing, but has its place among publications.</summary>
internal sealed class CallEntry<T>(Func<Ledger, T> call) : Entry
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;

    public override void Finish(Ledger ledger, StoreFailure? failure)
    {
        try
        {
            _answer.SetResult(call(ledger));
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            _answer.SetException(new BackplaneException(StoreFailure.SentenceOf(e), e));
        }
    }

    public override void Fail(Exception e) => _answer.TrySetException(new BackplaneException("The node's data cannot be used.", e));
}
