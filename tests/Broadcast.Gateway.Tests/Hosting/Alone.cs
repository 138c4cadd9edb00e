namespace Broadcast.Gateway.Tests.Hosting;

/// <summary>Tests that look at the whole process, and so run when no other does.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class Alone;
