using Microsoft.Extensions.Logging;

namespace Broadcast.Testing;

/// <summary>Keeps what is logged at Warning and above, or from where a test says. Any thread may log.</summary>
public sealed class RecordingLogger : ILogger
{
    private readonly Lock _gate = new();
    private readonly List<(EventId Event, string Text)> _lines = [];

    public LogLevel Least { get; set; } = LogLevel.Warning;

    /// <summary>Called with each line before it is kept; what it throws, logging throws.</summary>
    public Action<EventId> OnLine { get; set; } = _ => { };

    public IReadOnlyList<(EventId Event, string Text)> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= Least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        OnLine(eventId);
        lock (_gate)
        {
            _lines.Add((eventId, exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception}"));
        }
    }
}
