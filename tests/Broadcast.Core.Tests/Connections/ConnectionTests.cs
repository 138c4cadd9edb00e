namespace Broadcast.Core.Tests.Connections;

public sealed class ConnectionTests : ConnectionContract;
