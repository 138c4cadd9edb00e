namespace Broadcast.Gateway;

/// <summary>A request over the Centrifuge protocol: its <c>rpc</c>.</summary>
internal sealed class CentrifugeRequest(RpcCommand command) : HandlerRequest(command.Method, command.Data)
{
    public override ReadOnlyMemory<byte> Result(ReadOnlyMemory<byte>? answer) =>
        CentrifugeReplies.Frame(text => Replies.WriteRpc(text, command.Id, answer));

    public override ReadOnlyMemory<byte> Error(ErrorCode code, string? message) =>
        CentrifugeReplies.Frame(text => Replies.WriteError(text, command.Id, code, message));
}
