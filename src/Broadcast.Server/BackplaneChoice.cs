using Microsoft.Extensions.Options;

namespace Broadcast.Server;

/// <summary>Which backplane a node has: what <c>--backplane</c> says, or else what follows from where data, servers or other nodes are.</summary>
internal static class BackplaneChoice
{
    private const string Memory = "memory", Sqlite = "sqlite", Redis = "redis", Akka = "akka";
    private const string FolderKey = "Broadcast:Data:Folder", ServersKey = "Broadcast:Redis:Servers", AddressKey = "Broadcast:Akka:Address", SeedsKey = "Broadcast:Akka:Seeds";

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
            case Akka:
                _ = ActorEngine.Absence is { } absence ? throw new SettingsException($"--backplane is akka. {absence}") : true;
                builder.Services.AddSingleton<PutOut>();
                builder.AddBackplane((services, rules) => ActorEngine.Create(
                    Options(services).Akka, Options(services).Memory, rules, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>(),
                    services.GetRequiredService<PutOut>().Stop));
                builder.Services.AddSingleton(services => ActorEngine.CreateFeedEngine(services.GetRequiredService<IBackplane>()));
                builder.Services.AddSingleton(services => ActorEngine.CreateLoops(services.GetRequiredService<IBackplane>(), Options(services).Hub));
                break;
        }
    }

    private static string Of(Flags flags, ConfigurationManager configuration)
    {
        // What is set at all, and what of it was said on the command line. The order is that of names in sentences.
        Place[] places =
        [
            new(Sqlite, "--data", FolderKey, !string.IsNullOrEmpty(configuration[FolderKey]), flags.Configuration.ContainsKey(FolderKey)),
            new(Redis, "--redis", ServersKey, flags.Servers.Count > 0 || Has(ServersKey), flags.Servers.Count > 0),
            new(Akka, "--seed", SeedsKey, flags.Seeds.Count > 0 || Has(SeedsKey), flags.Seeds.Count > 0),
            new(Akka, "--cluster", AddressKey, !string.IsNullOrEmpty(configuration[AddressKey]), flags.Configuration.ContainsKey(AddressKey)),
        ];
        if (places.FirstOrDefault(p => p is { IsSaid: true, IsSet: false }) is { } empty && flags.Backplane != Memory)
        {
            throw new SettingsException(empty.Backplane == Sqlite ? "--data is empty; it names a folder." : $"{empty.Flag} is empty; it is HOST:PORT.");
        }

        if (flags.Backplane is { } chosen)
        {
            return chosen switch
            {
                Sqlite when !places[0].IsSet => throw new SettingsException("--backplane is sqlite, which needs a folder: --data DIR."),
                Redis when !places[1].IsSet => throw new SettingsException("--backplane is redis, which needs a server: --redis HOST:PORT."),
                _ when places.FirstOrDefault(p => p.IsSaid && p.Backplane != chosen) is { } other =>
                    throw new SettingsException($"--backplane is {chosen}, which {(other.Backplane == Sqlite ? "keeps nothing in" : "does not use")} {other.Flag}."),
                _ => chosen,
            };
        }

        // What was said on the command line wins over what is set elsewhere.
        var counts = places.Any(p => p.IsSaid) ? places.Where(p => p.IsSaid).ToArray() : [.. places.Where(p => p.IsSet)];
        return counts.DistinctBy(p => p.Backplane).ToArray() switch
        {
            [] => Memory,
            [var one] => one.Backplane,
            [var one, var another, ..] when one.IsSaid => throw new SettingsException($"{one.Flag} and {another.Flag} cannot be together: histories are in one or the other."),
            [var one, var another, ..] => throw new SettingsException($"{one.Key} and {another.Key} are both set; say which with --backplane {one.Backplane} or {another.Backplane}."),
        };

        bool Has(string list) => configuration.GetSection(list).GetChildren().Any();
    }

    private static BroadcastOptions Options(IServiceProvider services) => services.GetRequiredService<IOptions<BroadcastOptions>>().Value;

    /// <summary>Where publications may be, and where that was said.</summary>
    private sealed record Place(string Backplane, string Flag, string Key, bool IsSet, bool IsSaid);
}
