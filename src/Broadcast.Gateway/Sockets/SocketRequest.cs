namespace Broadcast.Gateway;

/// <summary>A request over a plain socket with envelopes.</summary>
internal sealed class SocketRequest(RequestCommand command) : HandlerRequest(command.Method, command.Data)
{
    public override ReadOnlyMemory<byte> Result(ReadOnlyMemory<byte>? answer) =>
        command.Id is { } id ? WebSocketFrame.Encode(Opcode.Text, Envelope.Answer(id, answer)) : default;

    public override ReadOnlyMemory<byte> Error(ErrorCode code, string? message) =>
        WebSocketFrame.Encode(Opcode.Text, Envelope.Error(command.Id, code, message));
}
