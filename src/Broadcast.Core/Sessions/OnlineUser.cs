namespace Broadcast.Core;

/// <summary>A user who is connected to this node, or was a moment ago. Under the lock of <see cref="OnlineUsers"/>.</summary>
internal sealed class OnlineUser(string name)
{
    public string Name => name;

    public int Connections { get; set; }

    public UserStage Stage { get; set; }

    /// <summary>What was decided of its coming or leaving cannot be taken back.</summary>
    public bool IsTold { get; set; }

    /// <summary>While it comes: it was on a node that is lost, and so is not told to come.</summary>
    public bool WasOnline { get; set; }

    /// <summary>While it leaves, and since the other nodes were asked: one to which it comes has heard that it is not away.</summary>
    public bool IsAskedFor { get; set; }

    /// <summary>Ends when that has been told which is being found out or told now.</summary>
    public Task Telling { get; set; } = Task.CompletedTask;

    /// <summary>When it is looked at again.</summary>
    public ITimer? Timer { get; set; }

    /// <summary>Of the timer: earlier ones mean nothing any more.</summary>
    public int Turn { get; set; }

    /// <summary>It has come back within the grace time.</summary>
    public void StayAnyway()
    {
        Timer?.Dispose();
        Turn++;
        Stage = UserStage.Online;
    }
}
