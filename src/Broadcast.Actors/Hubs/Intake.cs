using Akka.Streams;
using Akka.Streams.Stage;

namespace Broadcast.Actors;

/// <summary>
/// The way into one hub: a bounded queue that any thread fills and the hub's stream empties. Materialised once. What comes when it has ended is
/// dropped.
/// </summary>
/// <param name="capacity">How many elements wait while the hub has no room for them.</param>
internal sealed class Intake(int capacity) : GraphStage<SourceShape<object>>
{
    private readonly Lock _gate = new();
    private readonly Queue<object> _items = new();

    /// <summary>At most one of each consumer of the hub; they need not keep an order with what is published.</summary>
    private readonly Queue<Mark> _marks = new();

    private Action? _wake;
    private Action? _room;
    private Action? _cancel;
    private bool _isCompleting;
    private bool _isEnded;

    public override SourceShape<object> Shape { get; } = new(new Outlet<object>("Intake.out"));

    /// <summary>Never waits: if the queue is full, the oldest element goes.</summary>
    /// <returns>Whether all that waited is still there.</returns>
    public bool Offer(object item)
    {
        var isWhole = true;
        Action? wake;
        lock (_gate)
        {
            if (_isCompleting || _isEnded)
            {
                return true;
            }

            if (_items.Count >= capacity)
            {
                _items.Dequeue();
                isWhole = false;
            }

            wake = Add(item);
        }

        wake?.Invoke();
        return isWhole;
    }

    /// <summary>Takes an element that must not be lost. False: it was taken, but no more may come until <paramref name="room"/> was called.</summary>
    public bool Take(object item, Action room)
    {
        Action? wake;
        bool isFull;
        lock (_gate)
        {
            if (_isCompleting || _isEnded)
            {
                return true;
            }

            wake = Add(item);
            isFull = _items.Count >= capacity;
            if (isFull)
            {
                _room = room;
            }
        }

        wake?.Invoke();
        return !isFull;
    }

    public void Announce(Mark mark)
    {
        Action? wake;
        lock (_gate)
        {
            if (_isEnded)
            {
                return;
            }

            _marks.Enqueue(mark);
            (wake, _wake) = (_wake, null);
        }

        wake?.Invoke();
    }

    /// <summary>The hub gets what waits, and then ends.</summary>
    public void Complete()
    {
        Action? wake;
        lock (_gate)
        {
            _isCompleting = true;
            (wake, _wake) = (_wake, null);
        }

        wake?.Invoke();
    }

    /// <summary>The hub ends at once, also if it has no room and nobody reads it.</summary>
    public void Cancel()
    {
        Action? cancel;
        lock (_gate)
        {
            End();
            cancel = _cancel;
        }

        cancel?.Invoke();
    }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private Action? Add(object item)
    {
        _items.Enqueue(item);
        var wake = _wake;
        _wake = null;
        return wake;
    }

    private void End()
    {
        _isEnded = true;
        _items.Clear();
        _marks.Clear();
        (_wake, _room) = (null, null);
    }

    /// <returns>False if it was cancelled before it began.</returns>
    private bool TryBegin(Action cancel)
    {
        lock (_gate)
        {
            _cancel = cancel;
            return !_isEnded;
        }
    }

    /// <returns>The next element; null if there is none: then <paramref name="wake"/> is called when that has changed, or it has ended.</returns>
    private object? Next(Action wake, out bool isEnded)
    {
        object? next = null;
        Action? room = null;
        lock (_gate)
        {
            if (_marks.TryDequeue(out var mark))
            {
                next = mark;
            }
            else if (_items.TryDequeue(out next))
            {
                if (_items.Count <= capacity / 2)
                {
                    (room, _room) = (_room, null);
                }
            }
            else if (!_isCompleting)
            {
                _wake = wake;
            }

            isEnded = next is null && _isCompleting;
        }

        room?.Invoke();
        return next;
    }

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly Intake _intake;
        private readonly Action _wake;
        private Mark? _passing;

        public Logic(Intake intake)
            : base(intake.Shape)
        {
            _intake = intake;
            _wake = GetAsyncCallback(Go);
            SetHandler(intake.Shape.Outlet, this);
        }

        public override void PreStart()
        {
            // A hub that is full, and has nobody who reads it, does not notice that what feeds it completes; that it fails, it does.
            if (!_intake.TryBegin(GetAsyncCallback(Fail)))
            {
                Fail();
            }
        }

        public override void OnPull()
        {
            // The hub wants more: what it got before is published.
            _passing?.Published();
            _passing = null;
            Go();
        }

        public override void PostStop()
        {
            lock (_intake._gate)
            {
                _intake.End();
            }
        }

        private void Go()
        {
            if (!IsAvailable(_intake.Shape.Outlet))
            {
                return;
            }

            if (_intake.Next(_wake, out var isEnded) is { } next)
            {
                _passing = next as Mark;
                Push(_intake.Shape.Outlet, next);
            }
            else if (isEnded)
            {
                CompleteStage();
            }
        }

        private void Fail() => FailStage(new BranchClosedException());
    }
}
