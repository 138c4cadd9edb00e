namespace Broadcast.Core;

/// <summary>A user who may have gone.</summary>
/// <param name="Turn">Of <see cref="OnlineUser.Turn"/>: if that is another by then, this means nothing any more.</param>
internal readonly record struct LeavingUser(OnlineUser User, int Turn);
