namespace Broadcast.Sqlite;

/// <summary>Time has passed: what is too old goes.</summary>
internal sealed class TidyEntry : Entry
{
    private int _waits;

    public override bool Writes => true;

    /// <summary>Any thread.</summary>
    /// <returns>False if it waits already.</returns>
    public bool TryClaim() => Interlocked.Exchange(ref _waits, 1) == 0;

    public void Release() => Interlocked.Exchange(ref _waits, 0);

    public override void Write(Ledger ledger) => ledger.Tidy();

    public override void Finish(Ledger ledger, StoreFailure? failure) => Release();

    public override void Fail(Exception e) => Release();
}
