using System.IO.Pipelines;

namespace Broadcast.Gateway;

/// <summary>A WebSocket that was opened: what the client sends is read from the input, what it is sent goes to the transport.</summary>
/// <param name="cut">Ends the connection at once.</param>
/// <param name="gone">Ends when the client cannot be reached any more. It may have sent something before that is still to be read.</param>
internal sealed class OpenedSocket(PipeReader input, ClientTransport transport, Action cut, CancellationToken gone)
{
    /// <summary>What a record of TLS holds.</summary>
    private const int BufferSize = 16 << 10;

    private Task? _gone;

    /// <summary>The connection itself, if it does not need the request that opened it any more.</summary>
    public DirectSocket? Direct { get; init; }

    public PipeReader Input => input;

    public ClientTransport Transport => transport;

    public CancellationToken Gone => gone;

    public void Cut() => cut();

    /// <summary>As <see cref="Gone"/>; for the task that reads from the client.</summary>
    public Task GoneAsync()
    {
        if (_gone is null)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            gone.UnsafeRegister(static e => ((TaskCompletionSource)e!).TrySetResult(), ended);
            _gone = ended.Task;
        }

        return _gone;
    }

    /// <summary>One whose bytes go through a stream. An idle client holds no buffer.</summary>
    public static OpenedSocket Over(Stream stream, ClientTransport transport, Action cut, CancellationToken gone) =>
        new(PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferSize, leaveOpen: true, useZeroByteReads: true)), transport, cut, gone);
}
