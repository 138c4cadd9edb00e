namespace Broadcast.Core.Tests.Views;

/// <summary>Clients change their views while publications, projections and slow transports come in any order.</summary>
public sealed class ViewsModelTests
{
    private const int Programs = 300;

    /// <summary>
    /// Each client gets every publication once, in order; and in a view that it had when that was published, or later: never in one that it had lost before.
    /// </summary>
    [Fact, Trait("row", "S1.22"), Trait("row", "S1.23")]
    public void Whatever_happens_in_which_order_nobody_gets_a_view_that_it_had_lost_and_nobody_loses_anything()
    {
        for (var program = 0; program < Programs; program++)
        {
            Run(program);
        }
    }

    private static void Run(int program)
    {
        var random = new Random(program);
        var window = random.Next(2, 12);
        using var node = new ViewRig(new RoomRule { Window = new Bounds { MaxCount = window } });
        var clients = Enumerable.Range(0, 4).Select(_ => new Seen(node.JoinAs("v0"))).ToArray();
        var published = 0;
        for (var step = 0; step < 120; step++)
        {
            var client = clients[random.Next(clients.Length)];
            switch (random.Next(12))
            {
                case 0 or 1 or 2:
                    node.Publish("r", $"{published++}");
                    foreach (var each in clients)
                    {
                        each.ViewWhenPublished.Add(each.Views.Count - 1);
                    }

                    break;
                case 3:
                    client.Views.Add($"v{random.Next(3)}");
                    ViewRig.Become(client.Client, client.Views[^1]);
                    break;
                case 4:
                    node.Held.Add($"v{random.Next(3)}");
                    break;
                case 5:
                    node.Release($"v{random.Next(3)}");
                    break;
                case 6:
                    client.Client.Transport.Capacity = random.Next(40);
                    break;
                case 7:
                    client.Client.Transport.Unblock();
                    break;
                case 8 or 9:
                    node.Work();
                    break;
                default:
                    node.TurnLoops();
                    break;
            }
        }

        foreach (var client in clients)
        {
            client.Client.Transport.Unblock();
        }

        foreach (var view in new[] { "v0", "v1", "v2" })
        {
            node.Release(view);
        }

        node.Settle();
        node.Pass(TimeSpan.FromSeconds(3));
        foreach (var client in clients)
        {
            client.Check(published, program);
        }
    }

    private sealed class Seen(TestClient client)
    {
        public TestClient Client => client;

        /// <summary>All it had, the first one first.</summary>
        public List<string> Views { get; } = ["v0"];

        /// <summary>By publication, the place of the view that it had then.</summary>
        public List<int> ViewWhenPublished { get; } = [];

        public void Check(int published, int program)
        {
            var got = client.Publications("r").Select(text => text.Split('/')).ToArray();
            Assert.True(
                got.Select(g => g[0]).SequenceEqual(Enumerable.Range(0, published).Select(n => $"{n}")),
                $"Program {program}: of {published} a client got {string.Join(' ', got.Select(g => g[0]))}.");
            for (var n = 0; n < published; n++)
            {
                Assert.True(
                    Views.Skip(ViewWhenPublished[n]).Contains(got[n][1]),
                    $"Program {program}: publication {n} was shown as {got[n][1]}, which the client had lost before.");
            }
        }
    }
}
