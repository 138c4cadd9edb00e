namespace Broadcast.Sqlite;

/// <summary>Something the writing thread is asked to do. Made by any thread, then that thread's own.</summary>
internal abstract class Entry
{
    /// <summary>Bytes it holds while it waits.</summary>
    public virtual int Cost => 0;

    /// <summary>Whether it has a part in a transaction.</summary>
    public virtual bool Writes => false;

    /// <summary>Its part in the transaction of its group.</summary>
    public virtual void Write(Ledger ledger)
    {
    }

    /// <summary>After the transaction, in the order of entries: tells members and whoever waits.</summary>
    /// <param name="failure">Why nothing of the group was stored, or null.</param>
    public abstract void Finish(Ledger ledger, StoreFailure? failure);

    /// <summary>Something is wrong that should not be; whoever waits is told.</summary>
    public abstract void Fail(Exception e);
}
