namespace Broadcast.Core.Tests.Connections;

public sealed class CatchingUpTests : CatchingUpContract;
