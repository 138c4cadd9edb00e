namespace Broadcast.Server.Tests;

/// <summary>A settings file of one test.</summary>
internal sealed class SettingsFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("broadcast-");

    public SettingsFile(string content, string name = "settings.json")
    {
        Name = Path.Combine(_folder.FullName, name);
        File.WriteAllText(Name, content);
    }

    public string Name { get; }

    public void Dispose() => _folder.Delete(recursive: true);
}
