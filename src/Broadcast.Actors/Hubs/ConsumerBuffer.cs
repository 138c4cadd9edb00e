using Akka.Streams;
using Akka.Streams.Stage;

namespace Broadcast.Actors;

/// <summary>
/// What one consumer of a hub has still to take. It always takes what the hub publishes, and so never holds up the others: when it is full, the
/// oldest goes, and is counted.
/// </summary>
internal sealed class ConsumerBuffer<T>(HubConsumer consumer, Mark mark, int capacity) : GraphStage<FlowShape<object, T>>
    where T : class
{
    public override FlowShape<object, T> Shape { get; } =
        new(new Inlet<object>("ConsumerBuffer.in"), new Outlet<T>("ConsumerBuffer.out"));

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, consumer, mark, capacity);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly Inlet<object> _in;
        private readonly Outlet<T> _out;
        private readonly HubConsumer _consumer;
        private readonly Mark _mark;
        private readonly int _capacity;
        private readonly Queue<T> _items = new();

        public Logic(ConsumerBuffer<T> stage, HubConsumer consumer, Mark mark, int capacity)
            : base(stage.Shape)
        {
            (_in, _out, _consumer, _mark, _capacity) = (stage.Shape.Inlet, stage.Shape.Outlet, consumer, mark, capacity);
            SetHandler(_in, this);
            SetHandler(_out, this);
        }

        public override void PreStart()
        {
            Pull(_in);
            _mark.Begin(Materializer, GetAsyncCallback(_mark.Again));
        }

        public override void OnPush()
        {
            switch (Grab(_in))
            {
                case Mark mark:
                    _mark.See(mark);
                    break;
                case T item when IsAvailable(_out):
                    Push(_out, item);
                    break;
                case T item:
                    Keep(item);
                    break;
            }

            Pull(_in);
        }

        public override void OnPull()
        {
            if (_items.TryDequeue(out var item))
            {
                Push(_out, item);
            }

            CompleteWhenEmpty();
        }

        public override void OnUpstreamFinish() => CompleteWhenEmpty();

        public override void PostStop() => _consumer.End();

        private void Keep(T item)
        {
            if (_items.Count >= _capacity)
            {
                _items.Dequeue();
                _consumer.Lose();
            }

            _items.Enqueue(item);
        }

        private void CompleteWhenEmpty()
        {
            if (IsClosed(_in) && _items.Count == 0)
            {
                CompleteStage();
            }
        }
    }
}
