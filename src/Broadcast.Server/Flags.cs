namespace Broadcast.Server;

/// <summary>What the command line said.</summary>
/// <param name="Settings">The settings file, or null.</param>
/// <param name="Configuration">Flags as configuration keys; they win over files and environment.</param>
/// <param name="Sources">If there are any, they replace those of files and environment.</param>
/// <param name="Servers">Those of Redis; if there are any, they replace those of files and environment.</param>
/// <param name="Seeds">Those of an Akka.NET cluster; if there are any, they replace those of files and environment.</param>
/// <param name="Backplane"><c>memory</c>, <c>sqlite</c>, <c>redis</c>, <c>akka</c>, or null: what follows from the other settings.</param>
internal sealed record Flags(string? Settings, IReadOnlyDictionary<string, string?> Configuration, IReadOnlyList<string> Sources, IReadOnlyList<string> Servers, IReadOnlyList<string> Seeds, string? Backplane = null);
