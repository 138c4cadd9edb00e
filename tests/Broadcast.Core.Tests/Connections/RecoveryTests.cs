namespace Broadcast.Core.Tests.Connections;

public sealed class RecoveryTests : RecoveryContract;
