using Microsoft.Extensions.Configuration.Memory;

namespace Broadcast.Server;

/// <summary>Puts a node together.</summary>
internal static class Node
{
    public const string DefaultUrls = "http://localhost:8080";

    private const string LoopbackOrSignedIn = $"{nameof(Who.Loopback)}, {nameof(Who.SignedIn)}";

    /// <param name="environment">Null: what the process's environment says.</param>
    /// <exception cref="SettingsException">A settings file cannot be read.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Settings are wrong.</exception>
    public static WebApplication Build(Flags flags, string? environment = null)
    {
        // What lies in the folder it was started from, by chance perhaps, is not its settings.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment, ContentRootPath = AppContext.BaseDirectory });
        var configuration = builder.Configuration;
        AddFile(configuration, flags.Settings);
        configuration.AddEnvironmentVariables();
        configuration.AddInMemoryCollection(flags.Configuration);
        AddDefaults(configuration, builder.Environment);

        if (builder.Environment.IsDevelopment())
        {
            ExampleToken.AddKey(configuration);
        }

        // What ends the start is told in one sentence, not in a stack trace.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.AddBroadcast();
        builder.AddBackplane(flags);
        if (flags.Sources.Count > 0)
        {
            // Lists of several layers are merged by their numbers; a flag means what it says.
            builder.Services.PostConfigure<BroadcastOptions>(o => o.Sources = [.. flags.Sources]);
        }

        if (flags.Servers.Count > 0)
        {
            builder.Services.PostConfigure<BroadcastOptions>(o => o.Redis.Servers = [.. flags.Servers]);
        }

        if (flags.Seeds.Count > 0)
        {
            builder.Services.PostConfigure<BroadcastOptions>(o => o.Akka.Seeds = [.. flags.Seeds]);
        }

        var app = builder.Build();
        if (app.Environment.IsDevelopment())
        {
            app.Lifetime.ApplicationStarted.Register(() => ExampleToken.Print(app, Console.Out));
        }

        app.MapBroadcast();
        app.MapBroadcastPage();
        return app;
    }

    /// <summary>
    /// What counts where nothing else was said; a list that was given replaces the one from here. In Development a newcomer finds every
    /// room open from this machine itself, and one that shows it at work.
    /// </summary>
    private static void AddDefaults(ConfigurationManager configuration, IHostEnvironment environment)
    {
        var defaults = new Dictionary<string, string?>();
        var saysWhere = (configuration["urls"] ?? configuration["http_ports"] ?? configuration["https_ports"]) is not null
            || configuration.GetSection("Kestrel:Endpoints").Exists();
        if (!saysWhere)
        {
            defaults["urls"] = DefaultUrls;
        }

        if (environment.IsDevelopment())
        {
            var said = configuration.GetSection(BroadcastOptions.Section).GetChildren().Select(s => s.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
            foreach (var (key, value) in Development.Where(d => !said.Contains(d.Key.Split(':')[1])))
            {
                defaults[key] = value;
            }
        }

        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults });
    }

    private static Dictionary<string, string?> Development => new()
    {
        // What the page shows: who comes and goes, and what a rule leaves out.
        ["Broadcast:Rooms:0:Name"] = "chat*",
        ["Broadcast:Rooms:0:Subscribe"] = LoopbackOrSignedIn,
        ["Broadcast:Rooms:0:Publish"] = LoopbackOrSignedIn,
        ["Broadcast:Rooms:0:Presence"] = LoopbackOrSignedIn,
        ["Broadcast:Rooms:0:Rule:JoinLeave"] = "true",
        ["Broadcast:Rooms:1:Name"] = "ticker*",
        ["Broadcast:Rooms:1:Subscribe"] = LoopbackOrSignedIn,
        ["Broadcast:Rooms:1:Publish"] = LoopbackOrSignedIn,
        ["Broadcast:Rooms:1:Presence"] = LoopbackOrSignedIn,
        ["Broadcast:Rooms:1:Rule:FallingBehind"] = nameof(FallingBehind.Latest),
        ["Broadcast:Rooms:1:Rule:MaxBehind"] = "20",
        ["Broadcast:Rooms:2:Name"] = "*",
        ["Broadcast:Rooms:2:Subscribe"] = LoopbackOrSignedIn,
        ["Broadcast:Rooms:2:Publish"] = LoopbackOrSignedIn,
        ["Broadcast:Rooms:2:Presence"] = LoopbackOrSignedIn,
        ["Broadcast:Operators"] = nameof(Who.Loopback),
        ["Broadcast:Sources:0"] = "machine=machine",
    };

    private static void AddFile(ConfigurationManager configuration, string? file)
    {
        if (file is null)
        {
            return;
        }

        if (!File.Exists(file))
        {
            throw new SettingsException($"--settings is {file}, and there is no such file.");
        }

        IConfigurationRoot content;
        try
        {
            // As a stream, since the provider for files does not see those whose names begin with a dot.
            content = new ConfigurationBuilder().AddJsonStream(new MemoryStream(File.ReadAllBytes(file))).Build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or System.Text.Json.JsonException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"--settings is {file}, which cannot be read as JSON: {(e.InnerException ?? e).Message}");
        }

        var known = typeof(BroadcastOptions).GetProperties().Select(p => p.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (content.GetChildren().FirstOrDefault(s => known.Contains(s.Key)) is { } astray)
        {
            throw new SettingsException($"--settings is {file}, where {astray.Key} stands outside of the section {BroadcastOptions.Section}.");
        }

        configuration.AddConfiguration(content);
    }
}
