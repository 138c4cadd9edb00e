using Microsoft.Extensions.Options;

namespace Broadcast.Server;

/// <summary>Which backplane a node has: what <c>--backplane</c> says, or else what follows from where data and servers are.</summary>
internal static class BackplaneChoice
{
    private const string Memory = "memory", Sqlite = "sqlite", Redis = "redis";
    private const string FolderKey = "Broadcast:Data:Folder", ServersKey = "Broadcast:Redis:Servers";

    /// <exception cref="SettingsException">Flags or settings contradict each other, or something is missing.</exception>
    public static void AddBackplane(this WebApplicationBuilder builder, Flags flags)
    {
        switch (Of(flags, builder.Configuration))
        {
            case Sqlite:
                builder.AddBackplane((services, rules) => ActivatorUtilities.CreateInstance<SqliteBackplane>(services, Options(services).Data, rules));
                break;
            case Redis:
                builder.AddBackplane((services, rules) => ActivatorUtilities.CreateInstance<RedisBackplane>(services, Options(services).Redis, rules));
                break;
        }
    }

    private static string Of(Flags flags, ConfigurationManager configuration)
    {
        var (hasFolder, hasServers) = (!string.IsNullOrEmpty(configuration[FolderKey]), flags.Servers.Count > 0 || configuration.GetSection(ServersKey).GetChildren().Any());
        var (saysFolder, saysServers) = (flags.Configuration.ContainsKey(FolderKey), flags.Servers.Count > 0);
        if (saysFolder && !hasFolder && flags.Backplane != Memory)
        {
            throw new SettingsException("--data is empty; it names a folder.");
        }

        if (flags.Backplane is { } said)
        {
            return said switch
            {
                Sqlite when !hasFolder => throw new SettingsException("--backplane is sqlite, which needs a folder: --data DIR."),
                Redis when !hasServers => throw new SettingsException("--backplane is redis, which needs a server: --redis HOST:PORT."),
                not Sqlite when saysFolder => throw new SettingsException($"--backplane is {said}, which keeps nothing in --data."),
                not Redis when saysServers => throw new SettingsException($"--backplane is {said}, which does not use --redis."),
                _ => said,
            };
        }

        return (hasFolder, hasServers) switch
        {
            _ when saysFolder && saysServers => throw new SettingsException("--data and --redis cannot be together: histories are in one or the other."),
            (true, true) when !saysFolder && !saysServers => throw new SettingsException($"{FolderKey} and {ServersKey} are both set; say which with --backplane sqlite or redis."),
            (_, true) when !saysFolder => Redis,
            (true, _) => Sqlite,
            _ => Memory,
        };
    }

    private static BroadcastOptions Options(IServiceProvider services) => services.GetRequiredService<IOptions<BroadcastOptions>>().Value;
}
