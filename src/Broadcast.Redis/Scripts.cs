using System.Reflection;

namespace Broadcast.Redis;

/// <summary>
/// The scripts as one shard of one process has them; a comment makes them its own. Redis knows none of them after it was restarted, or when a replica took
/// its place: so long as it knows them, it is the same Redis, with all its data, that this shard has last looked at.
/// </summary>
internal sealed class Scripts
{
    private readonly string _mark = $"-- {Guid.NewGuid():N}\n";

    public Scripts() => (Publish, Read, Claim) = (Text("publish"), Text("read"), Text("claim"));

    public string Publish { get; }

    public string Read { get; }

    public string Claim { get; }

    private string Text(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{name}.lua")!;
        using var reader = new StreamReader(stream);
        return _mark + reader.ReadToEnd();
    }
}
