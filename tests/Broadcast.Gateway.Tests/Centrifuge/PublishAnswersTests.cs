namespace Broadcast.Gateway.Tests.Centrifuge;

/// <summary>Publications that come together are answered together; nobody's answer gets lost or late by that.</summary>
public sealed class PublishAnswersTests
{
    [Fact, Trait("row", "S2.49")]
    public async Task Publications_of_one_frame_are_answered_in_order_and_before_what_was_asked_after_them()
    {
        await using var node = await GatewayNode.StartAsync();
        var client = await node.CentrifugeAsync();
        await client.AskAsync("""{"id":1,"connect":{}}""");

        await client.SendAsync(string.Join('\n', [.. Enumerable.Range(2, 100).Select(Publish), """{"id":102,"rpc":{}}""", Publish(103)]));

        var answers = new List<string>();
        while (answers.Count < 102)
        {
            answers.AddRange((await client.ReadAsync()).Text.Split('\n'));
        }

        Assert.Equal(Enumerable.Range(2, 100).Select(Answer), answers[..100]);
        Assert.StartsWith("""{"id":102,"error":""", answers[100], StringComparison.Ordinal);
        Assert.Equal(Answer(103), answers[101]);
    }

    [Theory, Trait("row", "S2.49")]
    [InlineData("{", 3501)]
    [InlineData("""{"send":{"data":1}}""", 3508)]
    public async Task What_was_published_before_a_fault_is_answered_before_the_client_is_sent_away(string fault, int code)
    {
        await using var node = await GatewayNode.StartAsync();
        var client = await node.CentrifugeAsync();
        await client.AskAsync("""{"id":1,"connect":{}}""");

        await client.SendAsync($"{Publish(2)}\n{Publish(3)}\n{fault}\n{Publish(4)}");

        Assert.Equal($"{Answer(2)}\n{Answer(3)}", (await client.ReadAsync()).Text);
        Assert.Equal(code, (await client.ReadAsync()).CloseCode);
    }

    private static string Publish(int id) => $$$"""{"id":{{{id}}},"publish":{"channel":"news","data":{{{id}}}}}""";

    private static string Answer(int id) => $$$"""{"id":{{{id}}},"publish":{}}""";
}
