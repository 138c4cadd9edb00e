namespace Broadcast.Server;

/// <summary>A node as a process: reads the command line and settings, maps the paths, nothing else.</summary>
public static class Program
{
    /// <returns>0 after a stop that moved every client, 2 if it was not started as it was asked to, 3 if clients were cut when it stopped, 4 if its cluster has put it out.</returns>
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

        var (hub, putOut) = (app.Services.GetRequiredService<Hub>(), app.Services.GetService<PutOut>());
        await app.WaitForShutdownAsync();
        await app.DisposeAsync();
        return putOut is { IsOut: true } ? 4 : hub.Drained is { IsCompletedSuccessfully: true, Result.IsDone: false } ? 3 : 0;
    }
}
