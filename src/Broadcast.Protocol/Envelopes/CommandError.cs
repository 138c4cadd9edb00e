namespace Broadcast.Protocol;

/// <summary>Why a command could not be read.</summary>
/// <param name="Id">The command's, if that much could be read.</param>
/// <param name="Message">One sentence for whoever wrote the client.</param>
internal sealed record CommandError(long? Id, string Message);
