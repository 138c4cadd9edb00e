using System.Globalization;
using Akka.Configuration;

namespace Broadcast.Actors;

/// <summary>What the two files in <c>hocon/</c> say, and over them the settings of the node: so each thing is said in one place.</summary>
internal static class EngineConfig
{
    public const string SystemName = "broadcast";

    /// <summary>Without them a node begins, and is not safe. A brace too few goes unnoticed by what reads the files, and takes the rest of a file with it.</summary>
    private static readonly string[] s_needed =
    [
        "akka.actor.provider", "akka.actor.serializers.broadcast", "akka.actor.guardian-supervisor-strategy", "akka.cluster.downing-provider-class",
        "akka.cluster.split-brain-resolver.active-strategy", "akka.cluster.sharding.state-store-mode",
    ];

    /// <exception cref="BackplaneException">A file is not there or cannot be understood, or an address is none.</exception>
    public static Config Read(AkkaOptions options)
    {
        var folder = options.Folder.Length > 0 ? options.Folder : Path.Combine(AppContext.BaseDirectory, "hocon");
        var config = AsOneCluster(Said(options).WithFallback(File(folder, "node.conf")).WithFallback(File(folder, "cluster.conf")), folder);
        if (Array.Find(s_needed, n => !config.HasPath(n)) is { } missing)
        {
            throw new BackplaneException($"node.conf and cluster.conf in {folder} do not say {missing}; the files that come with the program do.");
        }

        CheckLease(options.Lease, config, folder);
        return config;
    }

    /// <summary>Rooms of a node that was put out are given to others after that time once more, counted from when all had seen it; see docs/actors.md.</summary>
    private static void CheckLease(TimeSpan lease, Config config, string folder)
    {
        const string Stable = "akka.cluster.split-brain-resolver.stable-after";
        var stable = config.GetTimeSpan(Stable, TimeSpan.Zero, allowInfinite: false);
        if (lease >= stable)
        {
            throw new BackplaneException(
                $"Broadcast:Akka:Lease is {lease}, and {Stable} in {folder} is {stable}; the lease must be shorter, or a node could order for rooms that others own already.");
        }
    }

    /// <summary>
    /// Of several seeds more than half begin a cluster. Otherwise the first one, put out since it was cut off, and started again while it still is, would find nobody
    /// and begin a second cluster, in which it is its own majority.
    /// </summary>
    private static Config AsOneCluster(Config config, string folder)
    {
        const string Least = "akka.cluster.min-nr-of-members";
        try
        {
            var seeds = config.GetStringList("akka.cluster.seed-nodes", []).Count;
            return config.HasPath(Least) ? config : ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $"{Least} = {(seeds / 2) + 1}")).WithFallback(config);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new BackplaneException($"The files in {folder} have seed-nodes that are no list of addresses: {e.Message}", e);
        }
    }

    private static Config Said(AkkaOptions options)
    {
        var lines = new List<string>();
        if (options.Address.Length > 0)
        {
            var (host, port) = Parse("--cluster", options.Address);

            // A name may be that of several addresses, of which others take any: a container in two networks.
            var listens = host == "localhost" ? "127.0.0.1" : Uri.CheckHostName(host) == UriHostNameType.Dns ? "0.0.0.0" : host;
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"akka.remote.dot-netty.tcp {{ hostname = \"{listens}\", public-hostname = \"{host}\", port = {port} }}"));
        }

        if (options.Seeds.Count > 0)
        {
            var seeds = options.Seeds.Select(s => Parse("--seed", s)).Select(s => string.Create(CultureInfo.InvariantCulture, $"\"akka.tcp://{SystemName}@{s.Host}:{s.Port}\""));
            lines.Add($"akka.cluster.seed-nodes = [{string.Join(", ", seeds)}]");
        }

        return ConfigurationFactory.ParseString(string.Join('\n', lines));
    }

    private static Config File(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            return ConfigurationFactory.ParseString(System.IO.File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackplaneException($"{path} cannot be read: {e.Message}", e);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new BackplaneException($"{path} is no HOCON: {e.Message}", e);
        }
    }

    private static (string Host, int Port) Parse(string flag, string address)
    {
        var colon = address.LastIndexOf(':');
        return colon > 0 && int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue
            && Uri.CheckHostName(address[..colon]) is UriHostNameType.Dns or UriHostNameType.IPv4
            ? (address[..colon], int.Parse(address.AsSpan(colon + 1), CultureInfo.InvariantCulture))
            : throw new BackplaneException($"{flag} is {address}; it is an address such as 127.0.0.1:4053.");
    }
}
