namespace Broadcast.Core;

/// <summary>A source that is only a function.</summary>
internal sealed class FunctionSource(string name, Func<CancellationToken, IAsyncEnumerable<Publication>> read) : ISource
{
    public string Name => name;

    public IAsyncEnumerable<Publication> ReadAsync(CancellationToken cancellation) => read(cancellation);
}
