namespace Broadcast.Server;

/// <summary>A setting that cannot be read. The message is one sentence that names it and says what it may be.</summary>
public sealed class SettingsException(string message) : Exception(message);
