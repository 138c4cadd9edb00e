namespace Broadcast.Core.Tests.Connections;

public sealed class JoiningTests : JoiningContract;
