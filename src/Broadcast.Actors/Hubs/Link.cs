using Akka.Streams;
using Akka.Streams.Stage;

namespace Broadcast.Actors;

/// <summary>Hands what one hub publishes to a hub below it, no faster than that takes it. A consumer of the upper one like any other.</summary>
/// <param name="linked">Set when the lower hub gets all that the upper one publishes from then on.</param>
internal sealed class Link(Intake upper, Intake lower, TaskCompletionSource linked) : GraphStage<SinkShape<object>>
{
    public override SinkShape<object> Shape { get; } = new(new Inlet<object>("Link.in"));

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, upper, lower, linked);

    private sealed class Logic : InGraphStageLogic
    {
        private readonly Inlet<object> _in;
        private readonly Intake _lower;
        private readonly Mark _mark;
        private readonly Action _room;

        public Logic(Link link, Intake upper, Intake lower, TaskCompletionSource linked)
            : base(link.Shape)
        {
            (_in, _lower) = (link.Shape.Inlet, lower);
            _mark = new Mark(upper, linked);
            _room = GetAsyncCallback(PullNext);
            SetHandler(_in, this);
        }

        public override void PreStart()
        {
            Pull(_in);
            _mark.Begin(Materializer, GetAsyncCallback(_mark.Again));
        }

        public override void OnPush()
        {
            var item = Grab(_in);
            if (item is Mark mark)
            {
                _mark.See(mark);
                Pull(_in);
            }
            else if (_lower.Take(item, _room))
            {
                Pull(_in);
            }
        }

        public override void OnUpstreamFinish()
        {
            _lower.Complete();
            CompleteStage();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            _lower.Cancel();
            FailStage(e);
        }

        private void PullNext()
        {
            if (!HasBeenPulled(_in) && !IsClosed(_in))
            {
                Pull(_in);
            }
        }
    }
}
