namespace Broadcast.Sqlite;

/// <summary>A publication on its way to the file, and then to members.</summary>
internal sealed class PublishEntry(string room, Publication publication, string? idempotencyKey) : Entry
{
    private readonly TaskCompletionSource<PublishResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoredStream? _stream;
    private ulong? _offset;
    private bool _isRepeat;

    public Task<PublishResult> Answer => _answer.Task;

    public override int Cost => publication.Cost;

    public override bool Writes => true;

    public override void Write(Ledger ledger)
    {
        _stream = ledger.StreamOf(room);
        _offset = ledger.Add(_stream, publication, idempotencyKey, out _isRepeat);
    }

    public override void Finish(Ledger ledger, StoreFailure? failure)
    {
        if (failure is not null)
        {
            _answer.SetResult(failure.IsUncertain ? PublishResult.Unknown(failure.Reason) : PublishResult.Refused(failure.Reason));
            return;
        }

        if (_offset is not { } offset)
        {
            _answer.SetResult(PublishResult.Refused("The node keeps the histories of as many rooms as it may."));
            return;
        }

        var position = _stream!.PositionAt(offset);
        if (!_isRepeat)
        {
            _stream.HandedOver = offset;
            _stream.Receiver?.HandOver(position, publication);
        }

        _answer.SetResult(PublishResult.Accepted(position));
    }

    public override void Fail(Exception e) => _answer.TrySetResult(PublishResult.Unknown("The publication may or may not arrive."));
}
