namespace Broadcast.Example;

/// <summary>Points of people, where each question costs. Any thread may call it.</summary>
internal sealed class Scores
{
    private int _queries;

    public int Queries => Volatile.Read(ref _queries);

    /// <summary>Asks for all of them at once.</summary>
    public async Task<IReadOnlyDictionary<string, int>> OfAsync(IReadOnlyCollection<string> people)
    {
        await Task.Yield();
        Interlocked.Increment(ref _queries);
        return people.ToDictionary(p => p, p => p.Length);
    }
}
