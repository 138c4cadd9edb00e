namespace Broadcast.Testing;

/// <summary>
/// What the contract needs to know of a backplane, and how it makes one. Each test has its own; where data lie outside the process, each
/// begins with none.
/// </summary>
public abstract class BackplaneUnderTest : IAsyncDisposable
{
    /// <summary>The rule of every room. A test changes it before it makes a backplane.</summary>
    public RoomRule Rule { get; } = new();

    /// <summary>The clock that ages histories and idempotency keys; null where it cannot be moved, and promises about age go untested.</summary>
    public virtual ManualTime? Time => null;

    /// <summary>Whether histories, epochs and idempotency keys outlive the process.</summary>
    public virtual bool SurvivesRestart => true;

    /// <summary>Whether several nodes share it; <see cref="JoinAsync"/> makes another one then.</summary>
    public virtual bool SpansNodes => false;

    /// <summary>Whether histories keep exactly what the rule says, and not some more.</summary>
    public virtual bool TrimsExactly => true;

    /// <summary>How often random tests are repeated. Less where a call takes long.</summary>
    public virtual int Rounds => 200;

    /// <summary>Makes the backplane of a node, not started.</summary>
    public abstract ValueTask<IBackplane> CreateAsync();

    /// <summary>Makes the backplane of the next process, after that of the last one was disposed; with its data, or after they were lost.</summary>
    public abstract ValueTask<IBackplane> ReopenAsync(bool keepData);

    /// <summary>Makes the backplane of another node, not started, over the same data.</summary>
    public virtual ValueTask<IBackplane> JoinAsync() => throw new NotSupportedException();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
