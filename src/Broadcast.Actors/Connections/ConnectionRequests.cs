namespace Broadcast.Actors;

/// <summary>Asks a client's actor what the client is and where it stands; answered by <see cref="ClientDescription"/>.</summary>
internal sealed record DescribeClient
{
    public static readonly DescribeClient Instance = new();
}

/// <summary>Nothing of the room is sent to the client until <see cref="ResumeRoom"/>. Answered by <see cref="ClientDone"/>, as all below.</summary>
internal sealed record PauseRoom(string Room);

internal sealed record ResumeRoom(string Room);

/// <summary>Ends the connection: in an orderly way if the client still reads, else by a reset.</summary>
internal sealed record CloseClient(Disconnect Reason);

/// <summary>Puts the client into a room, from now on; or is answered by <see cref="ClientRefusal"/>.</summary>
internal sealed record JoinRoom(string Room);

/// <summary>Takes the client out of a room; it is told.</summary>
internal sealed record LeaveRoom(string Room);

/// <summary>A message to this client alone.</summary>
/// <param name="Data">Must not change.</param>
internal sealed record SendToClient(ContentKind Kind, ReadOnlyMemory<byte> Data);
