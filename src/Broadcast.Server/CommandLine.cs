using System.CommandLine;

namespace Broadcast.Server;

/// <summary>The flags of the node.</summary>
internal static class CommandLine
{
    private static readonly Option<string> s_urls = new("--urls")
    {
        Description = "Addresses to listen on, joined by semicolons.",
        DefaultValueFactory = _ => Node.DefaultUrls,
        HelpName = "URLS",
    };

    private static readonly Option<string> s_node = new("--node") { Description = "This node's name, shown to operators [default: the machine's name].", HelpName = "NAME" };

    private static readonly Option<string> s_backplane = Backplane();

    private static readonly Option<string> s_data = new("--data")
    {
        Description = "A folder for histories that outlive the node; implies --backplane sqlite [default: none, histories are in memory].",
        HelpName = "DIR",
    };

    private static readonly Option<string> s_redis = new("--redis")
    {
        Description = "Servers through which several nodes share rooms, joined by commas; implies --backplane redis [default: none, the node is alone].",
        HelpName = "HOST:PORT",
    };

    private static readonly Option<string> s_seed = new("--seed")
    {
        Description = "Nodes through which this one joins an Akka.NET cluster, joined by commas, in the same order on all nodes; implies --backplane akka [default: itself].",
        HelpName = "HOST:PORT",
    };

    private static readonly Option<string> s_cluster = new("--cluster")
    {
        Description = "Where the other nodes of an Akka.NET cluster reach this one; implies --backplane akka [default: 127.0.0.1:4053].",
        HelpName = "HOST:PORT",
    };

    private static readonly Option<string> s_settings = new("--settings")
    {
        Description = "A JSON file with the section Broadcast, layered over the defaults.",
        HelpName = "FILE",
    };

    private static readonly Option<string[]> s_sources = new("--source")
    {
        Description = "Feeds a room: machine[:SECONDS], file:PATH or stdin. May be given several times [default: none; in Development machine=machine].",
        HelpName = "ROOM=KIND[:ARGUMENT]",
    };

    /// <summary>Understands the arguments, or prints what is wrong with them, or the help.</summary>
    /// <param name="exitCode">What the process ends with when this returns null.</param>
    public static Flags? Parse(string[] args, out int exitCode)
    {
        var root = new RootCommand("Broadcasts what sources and clients publish in rooms to everybody in them, over WebSocket and SSE. "
            + "SIGTERM moves its clients to other nodes; it then ends with 0, or with 3 if clients had to be cut. It ends with 4 if its cluster has put it out, and is to be started again, and with 2 if it was not started as it was asked to.")
        {
            s_urls, s_node, s_backplane, s_data, s_redis, s_seed, s_cluster, s_settings, s_sources,
        };
        Flags? flags = null;
        root.SetAction(result =>
        {
            var backplane = result.GetResult(s_backplane) is { Implicit: false } ? result.GetValue(s_backplane) : null;
            flags = new Flags(result.GetValue(s_settings), Configuration(result), result.GetValue(s_sources) ?? [], List(result, s_redis), List(result, s_seed), backplane);
        });
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                Console.Error.WriteLine(error.Message);
            }

            Console.Error.WriteLine("--help lists all flags.");
            exitCode = 2;
            return null;
        }

        exitCode = parsed.Invoke();
        return flags;
    }

    private static Dictionary<string, string?> Configuration(ParseResult result)
    {
        var configuration = new Dictionary<string, string?>();
        if (result.GetResult(s_urls) is { Implicit: false })
        {
            configuration["urls"] = result.GetValue(s_urls);
        }

        if (result.GetValue(s_node) is { } node)
        {
            configuration["Broadcast:Node"] = node;
        }

        if (result.GetValue(s_data) is { } folder)
        {
            configuration["Broadcast:Data:Folder"] = folder;
        }

        if (result.GetValue(s_cluster) is { } address)
        {
            configuration["Broadcast:Akka:Address"] = address;
        }

        return configuration;
    }

    private static string[] List(ParseResult result, Option<string> option) => result.GetValue(option)?.Split(',', StringSplitOptions.TrimEntries) ?? [];

    private static Option<string> Backplane()
    {
        var option = new Option<string>("--backplane")
        {
            Description = "What orders and keeps publications.",
            DefaultValueFactory = _ => "memory",
            HelpName = "memory|sqlite|redis|akka",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: not ("memory" or "sqlite" or "redis" or "akka") and var other }])
            {
                result.AddError($"--backplane is {other}; it may be memory, sqlite, redis or akka.");
            }
        });
        return option;
    }
}
