namespace Broadcast.Core.Tests.Hubs;

public sealed class BroadcastTests : BroadcastContract;
