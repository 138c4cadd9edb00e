namespace Broadcast.Core.Tests.Model;

/// <summary>A client got what it must not get, or did not get what it must.</summary>
public sealed class ModelException(string message) : Exception(message);
