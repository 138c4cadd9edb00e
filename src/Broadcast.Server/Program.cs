namespace Broadcast.Server;

/// <summary>A node as a process: reads the command line and settings, maps the paths, nothing else.</summary>
public static class Program
{
    /// <returns>0 after an orderly stop, 2 if it was not started as it was asked to.</returns>
    public static async Task<int> Main(string[] args)
    {
        var flags = CommandLine.Parse(args, out var exitCode);
        if (flags is null)
        {
            return exitCode;
        }

        WebApplication? app = null;
        try
        {
            app = Node.Build(flags);
            await app.StartAsync();
        }
        catch (Exception e) when (StartFailure.Sentences(e, app?.Configuration["urls"]) is { } sentences)
        {
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            foreach (var sentence in sentences)
            {
                await Console.Error.WriteLineAsync(sentence);
            }

            return 2;
        }

        await app.WaitForShutdownAsync();
        await app.DisposeAsync();
        return 0;
    }
}
