namespace Broadcast.Protocol;

/// <summary>A question for the application.</summary>
/// <param name="Method">A good <see cref="MethodName"/>.</param>
/// <param name="Data">One JSON value of its own bytes, or null.</param>
internal sealed record RequestCommand(long? Id, string Method, ReadOnlyMemory<byte>? Data) : EnvelopeCommand(Id);
