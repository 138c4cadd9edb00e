using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway.Tests;

internal sealed class RecordingProvider(RecordingLogger logger) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => logger;

    public void Dispose()
    {
    }
}
