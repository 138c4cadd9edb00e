using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Broadcast.Testing;

/// <summary>A source that does what the test says next, and tells how often it was asked.</summary>
public sealed class ScriptedSource(string name = "machine") : ISource
{
    private readonly Channel<Func<Publication?>> _steps = Channel.CreateUnbounded<Func<Publication?>>();

    public string Name => name;

    public Tally Opened { get; } = new();

    /// <summary>Asked for the n-th item: the one before was accepted.</summary>
    public Tally Asked { get; } = new();

    public Tally Closed { get; } = new();

    public Action Closing { get; set; } = () => { };

    public ScriptedSource Give(params string[] texts)
    {
        foreach (var text in texts)
        {
            Do(() => Publication.Text(text));
        }

        return this;
    }

    public ScriptedSource Do(Func<Publication?> step)
    {
        _steps.Writer.TryWrite(step);
        return this;
    }

    public ScriptedSource Fail(string reason, int times = 1)
    {
        for (; times > 0; times--)
        {
            Do(() => throw new IOException(reason));
        }

        return this;
    }

    public ScriptedSource End() => Do(() => null);

    public async IAsyncEnumerable<Publication> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        Opened.Add();
        try
        {
            while (true)
            {
                Asked.Add();
                var step = await _steps.Reader.ReadAsync(cancellation);
                if (step() is not { } item)
                {
                    break;
                }

                yield return item;
            }
        }
        finally
        {
            Closed.Add();
            Closing();
        }
    }
}
