using Microsoft.Extensions.Options;

namespace Broadcast.Server;

/// <summary>A node as a process: reads the command line and settings, maps the paths, nothing else.</summary>
public static class Program
{
    public static int Main(string[] args)
    {
        var flags = CommandLine.Parse(args, out var exitCode);
        if (flags is null)
        {
            return exitCode;
        }

        try
        {
            var app = Node.Build(flags);
            app.Run();
            return 0;
        }
        catch (OptionsValidationException e)
        {
            return Refuse(e.Failures);
        }
        catch (InvalidOperationException e) when (e.Source == "Microsoft.Extensions.Configuration.Binder")
        {
            // A word that is none of those a setting may have, or a setting that there is not.
            return Refuse([e.Message]);
        }
        catch (SettingsException e)
        {
            return Refuse([e.Message]);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            return Refuse([$"{e.Message} Choose another with --urls."]);
        }
    }

    /// <summary>One sentence per wrong setting, and the exit code of a usage error.</summary>
    private static int Refuse(IEnumerable<string> failures)
    {
        foreach (var failure in failures)
        {
            Console.Error.WriteLine(failure);
        }

        return 2;
    }
}
