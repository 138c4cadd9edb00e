namespace Broadcast.Core.Tests.Model;

/// <summary>One stay of a client in a room, as the model knows it.</summary>
/// <param name="At">Where the client wished to begin.</param>
/// <param name="Known">The node's position when it asked, if the room was open.</param>
/// <param name="Top">The backplane's position when it asked.</param>
internal sealed record Membership(JoinAt At, StreamPosition? Known, StreamPosition Top);
