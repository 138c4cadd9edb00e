namespace Broadcast.Core;

/// <summary>This node looks into one user's mailbox, or will. Under the lock of <see cref="Mailboxes"/>, but for what the task under way has seen.</summary>
internal sealed class MailLook(string user)
{
    private TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MailMark? _other;
    private StreamPosition? _reached;
    private long _since;

    public string User => user;

    /// <summary>It is looked once more when the task has done what it is at.</summary>
    public bool IsAsked { get; private set; }

    /// <summary>For the task under way: ends when somebody asks from now on.</summary>
    public Task NextAsked => Volatile.Read(ref _asked).Task;

    /// <summary>Null while it only waits for <see cref="Timer"/>.</summary>
    public Task? Running { get; set; }

    /// <summary>When it is looked again although nobody asks.</summary>
    public ITimer? Timer { get; set; }

    public void Ask()
    {
        IsAsked = true;
        Interlocked.Exchange(ref _asked, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    /// <summary>Who asked until now is seen.</summary>
    public void Begin() => IsAsked = false;

    /// <summary>For the task under way: somebody else is at it.</summary>
    /// <returns>Whether it got no further for so long that it must have gone.</returns>
    public bool IsStuck(MailMarks marks, TimeProvider time, TimeSpan lease)
    {
        if (_other != marks.Claim || _reached != marks.HandedOver)
        {
            (_other, _reached, _since) = (marks.Claim, marks.HandedOver, time.GetTimestamp());
        }

        return time.GetElapsedTime(_since) >= lease;
    }
}
