namespace Broadcast.Core;

/// <summary>
/// The shell of an event loop whose own has ended: whoever posts turns it, so that nobody waits for an answer in vain. One at a time, and whoever
/// comes meanwhile leaves it to the one who is at it. Any thread.
/// </summary>
/// <param name="turn">One turn of the loop.</param>
internal sealed class TurnsInPlace(EventLoop loop, Func<bool> turn)
{
    private int _inTurn;

    public void Turn()
    {
        do
        {
            if (Interlocked.Exchange(ref _inTurn, 1) != 0)
            {
                return;
            }

            while (turn())
            {
            }

            Interlocked.Exchange(ref _inTurn, 0);
        }
        while (loop.HasWork);
    }
}
