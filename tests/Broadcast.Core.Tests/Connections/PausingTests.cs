namespace Broadcast.Core.Tests.Connections;

public sealed class PausingTests : PausingContract;
