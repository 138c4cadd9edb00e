namespace Broadcast.Server;

/// <summary>Puts a node together.</summary>
internal static class Node
{
    public const string DefaultUrls = "http://localhost:8080";

    private const string LoopbackOrSignedIn = $"{nameof(Who.Loopback)}, {nameof(Who.SignedIn)}";

    /// <exception cref="SettingsException">A settings file cannot be read.</exception>
    public static WebApplication Build(Flags flags)
    {
        var builder = WebApplication.CreateSlimBuilder();
        if (builder.Configuration["urls"] is null && builder.Configuration["http_ports"] is null)
        {
            builder.WebHost.UseUrls(DefaultUrls);
        }

        if (builder.Environment.IsDevelopment())
        {
            builder.Configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = Development });
        }

        AddFile(builder.Configuration, flags.Settings);
        builder.Configuration.AddEnvironmentVariables();
        builder.Configuration.AddInMemoryCollection(flags.Configuration);
        if (builder.Environment.IsDevelopment())
        {
            ExampleToken.AddKey(builder.Configuration);
        }

        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.AddBroadcast();
        var app = builder.Build();
        if (app.Environment.IsDevelopment())
        {
            app.Lifetime.ApplicationStarted.Register(() => ExampleToken.Print(app, Console.Out));
        }

        app.MapBroadcast();
        app.MapBroadcastPage();
        return app;
    }

    /// <summary>What a newcomer finds: every room open from this machine itself and to who has a token, and one that shows it at work.</summary>
    private static Dictionary<string, string?> Development => new()
    {
        ["Broadcast:Rooms:0:Name"] = "*",
        ["Broadcast:Rooms:0:Subscribe"] = LoopbackOrSignedIn,
        ["Broadcast:Rooms:0:Publish"] = LoopbackOrSignedIn,
        ["Broadcast:Rooms:0:Presence"] = LoopbackOrSignedIn,
        ["Broadcast:Operators"] = nameof(Who.Loopback),
        ["Broadcast:Sources:0"] = "machine=machine",
    };

    private static void AddFile(IConfigurationBuilder configuration, string? file)
    {
        if (file is null)
        {
            return;
        }

        var path = Path.GetFullPath(file);
        if (!File.Exists(path))
        {
            throw new SettingsException($"--settings is {file}, and there is no such file.");
        }

        try
        {
            configuration.AddJsonFile(path, optional: false, reloadOnChange: false);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"--settings is {file}, which cannot be read as JSON: {(e.InnerException ?? e).Message}");
        }
    }
}
