namespace Broadcast.Actors.Tests;

/// <summary>The files of the product in a folder of a test's own, with what the test says besides.</summary>
internal sealed class HoconFolder : IDisposable
{
    /// <summary>What takes seconds with people would take minutes with tests.</summary>
    public const string Sooner = """
        akka.cluster {
          gossip-interval = 100 ms
          leader-actions-interval = 100 ms
          periodic-tasks-initial-delay = 100 ms
          sharding.retry-interval = 100 ms
          sharding.distributed-data.gossip-interval = 100 ms
          distributed-data.gossip-interval = 100 ms
          pub-sub.gossip-interval = 100 ms
        }
        """;

    public HoconFolder(string node = "", string cluster = "")
    {
        Append("node.conf", node);
        Append("cluster.conf", cluster);
    }

    public string Name { get; } = Directory.CreateTempSubdirectory("broadcast-hocon-").FullName;

    /// <summary>A file as the product has it.</summary>
    public static string Of(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", file));

    public void Write(string file, string text) => File.WriteAllText(Path.Combine(Name, file), text);

    /// <summary>The product's file, and what is to win over it.</summary>
    public void Append(string file, string text) => Write(file, $"{Of(file)}\n{text}");

    public void Dispose() => Directory.Delete(Name, recursive: true);
}
