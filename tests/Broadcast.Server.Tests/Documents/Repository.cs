namespace Broadcast.Server.Tests;

/// <summary>The files of the repository this was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static bool Has(string file) => Path.Exists(Path.Combine(Root, file));

    /// <returns>Whether git ignores it by name, as what an operator adds and nobody commits.</returns>
    public static bool Ignores(string file) => File.ReadLines(Path.Combine(Root, ".gitignore")).Contains(file);

    /// <summary>The files of a folder, as they are written in documents.</summary>
    public static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder)).Select(f => $"{folder}/{Path.GetFileName(f)}").Where(f => !Ignores(f)).Order(StringComparer.Ordinal);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Broadcast.Actors.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
