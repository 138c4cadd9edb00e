namespace Broadcast.Core.Tests.Connections;

public sealed class FallingBehindTests : FallingBehindContract;
