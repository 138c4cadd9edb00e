namespace Broadcast.Core.Tests.Model;

/// <summary>A client, and what the model must remember of it to judge what it received.</summary>
internal sealed class ModelClient(TestClient client, TestDialect dialect)
{
    private readonly Dictionary<string, List<Membership>> _memberships = [];

    public TestClient Client => client;

    public TestDialect Dialect => dialect;

    /// <summary>Close codes that something that happened may lead to.</summary>
    public HashSet<int> MayEndWith { get; } = [];

    public int Replies { get; set; }

    /// <summary>All stays in a room, in order; a leave stands between each and the next.</summary>
    public List<Membership> MembershipsIn(string room)
    {
        if (!_memberships.TryGetValue(room, out var list))
        {
            _memberships[room] = list = [];
        }

        return list;
    }
}
