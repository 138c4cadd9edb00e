using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Handlers;

/// <summary>What an application answers, through real clients of both paths.</summary>
public sealed partial class HandlerTests
{
    public static TheoryData<string> Paths => HandlerClient.Paths;

    [Theory, Trait("row", "S2.7")]
    [MemberData(nameof(Paths))]
    public async Task A_request_reaches_its_handler_with_all_that_it_takes_and_is_answered_by_its_id(string path)
    {
        await using var node = await GatewayNode.StartAsync(
            services: s => s.AddScoped<Greeting>(),
            map: app => app.On("greet", async (Greet request, IConnection connection, Greeting greeting, CancellationToken cancellation) =>
            {
                await Task.Yield();
                return new { text = greeting.To(request.Name), client = connection.Id, user = connection.User, cancellation.IsCancellationRequested, request.Target };
            }));
        var client = await HandlerClient.ConnectAsync(node, path);

        var reply = await client.AskAsync("greet", """{"name":"Ann","target":"#hall"}""");

        Assert.Equal($$"""{"text":"Hello Ann, 1","client":"{{client.Id}}","user":null,"isCancellationRequested":false,"target":"#hall"}""", reply.Data);
        Assert.Contains("Hello Ann, 1", (await client.AskAsync("greet", """{"name":"Ann"}""")).Data, StringComparison.Ordinal);
    }

    [Theory, Trait("row", "S2.8")]
    [MemberData(nameof(Paths))]
    public async Task An_answer_may_be_a_fragment_for_another_target_than_the_request_named(string path)
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
            app.On("follow", (Greet request) => new Fragment("#other", $"<b>{request.Target} & {request.Name}</b>", Swap.OuterHtml)));
        var client = await HandlerClient.ConnectAsync(node, path);

        var reply = await client.AskAsync("follow", """{"name":"<i>","target":"#button"}""");

        Assert.Equal("""{"target":"#other","html":"<b>#button & &lt;i&gt;</b>","swap":"outerHTML"}""", reply.Data);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Whatever_a_handler_returns_is_answered_as_JSON_or_nothing(string path)
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("nothing", () => { });
            app.On("task", () => Task.CompletedTask);
            app.On("value-task", () => ValueTask.CompletedTask);
            app.On("number", () => 7);
            app.On("later", async (int[] numbers) =>
            {
                await Task.Yield();
                return numbers.Sum();
            });
            app.On("value-later", (string text) => ValueTask.FromResult(text + "!"));
            app.On("null", () => (string?)null);
            app.On("element", (JsonElement any) => any);
            app.On("default", (int number = 5) => number);
            app.On("optional", (string? text) => text ?? "none");
        });
        var client = await HandlerClient.ConnectAsync(node, path);

        Assert.Null((await client.AskAsync("nothing")).Data);
        Assert.Null((await client.AskAsync("task")).Data);
        Assert.Null((await client.AskAsync("value-task", "[1]")).Data);
        Assert.Equal("7", (await client.AskAsync("number")).Data);
        Assert.Equal("6", (await client.AskAsync("later", "[1,2,3]")).Data);
        Assert.Equal("\"a!\"", (await client.AskAsync("value-later", "\"a\"")).Data);
        Assert.Equal("null", (await client.AskAsync("null")).Data);
        Assert.Equal("""{"a":[1]}""", (await client.AskAsync("element", """{"a":[1]}""")).Data);
        Assert.Equal("5", (await client.AskAsync("default")).Data);
        Assert.Equal("\"none\"", (await client.AskAsync("optional")).Data);
        Assert.Equal("\"none\"", (await client.AskAsync("optional", "null")).Data);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_name_that_no_handler_has_is_error_104_and_one_that_is_too_long_is_told_so(string path)
    {
        await using var node = await GatewayNode.StartAsync(map: app => app.On("known", () => 1));
        var client = await HandlerClient.ConnectAsync(node, path);

        Assert.Equal((104, "method not found"), CodeOf(await client.AskAsync("unknown")));
        Assert.Equal((104, "method not found"), CodeOf(await client.AskAsync("Known")));
        Assert.Equal((107, "A request needs a method."), CodeOf(await client.AskAsync("")));
        Assert.Equal((104, "method not found"), CodeOf(await client.AskAsync(new string('n', 128))));
        Assert.Equal((107, "A method's name has at most 128 bytes; this one has 129."), CodeOf(await client.AskAsync(new string('n', 129))));
        Assert.Equal("1", (await client.AskAsync("known")).Data);
    }

    [Fact]
    public async Task Where_the_application_has_no_handlers_the_Centrifuge_protocol_says_108()
    {
        await using var node = await GatewayNode.StartAsync();

        Assert.Equal(108, (await (await HandlerClient.ConnectAsync(node, "centrifuge")).AskAsync("any")).Code);
        Assert.Equal(104, (await (await HandlerClient.ConnectAsync(node)).AskAsync("any")).Code);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task An_exception_is_error_100_with_an_id_that_is_in_the_log_and_nothing_else(string path)
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("throws", void () => throw new InvalidOperationException("the password is 1234"));
            app.On("throws-later", async (int number) =>
            {
                await Task.Yield();
                return number > 0 ? throw new InvalidOperationException("the password is 1234") : number;
            });
            app.On("cannot-be-written", () => new { number = double.NaN });
        });
        var client = await HandlerClient.ConnectAsync(node, path);

        foreach (var name in (string[])["throws", "throws-later", "cannot-be-written"])
        {
            var reply = await client.AskAsync(name, "1");

            Assert.Equal(100, reply.Code);
            var id = Failure().Match(reply.Message!);
            Assert.True(id.Success, reply.Message);
            Assert.Contains(node.Log.Lines, l => l.Text.Contains(id.Groups[1].Value, StringComparison.Ordinal) && l.Text.Contains(name, StringComparison.Ordinal) && l.Text.Contains("Exception: ", StringComparison.Ordinal));
        }

        Assert.Equal("0", (await client.AskAsync("throws-later", "0")).Data);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task What_a_handler_refuses_is_told_in_its_own_sentence(string path)
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("refuses", string () => throw new RequestException("The shop is closed."));
            app.On("refuses-later", async () =>
            {
                await Task.Yield();
                throw new RequestException(409, "Somebody else has it.");
            });
        });
        var client = await HandlerClient.ConnectAsync(node, path);

        Assert.Equal((107, "The shop is closed."), CodeOf(await client.AskAsync("refuses")));
        Assert.Equal((409, "Somebody else has it."), CodeOf(await client.AskAsync("refuses-later")));
        Assert.DoesNotContain(node.Log.Lines, l => l.Event.Id == 120);
    }

    [Theory]
    [InlineData("""{"name":"","age":1}""", "The Name field is required.")]
    [InlineData("""{"name":"Ann","age":200}""", "The field Age must be between 1 and 150.")]
    [InlineData("""{"name":"Ann","age":1,"pets":[{"name":"Rex"},{"name":"a name that is too long"}]}""", "The field Name must be a string with a maximum length of 10.")]
    [InlineData("""{"name":"Ann","age":1,"pet":{"name":"a name that is too long"}}""", "The field Name must be a string with a maximum length of 10.")]
    [InlineData("""{"name":"Ann","age":99}""", "Ann is not 99.")]
    [InlineData("""{"name":null,"age":1}""", "The data is not what person takes; see $.name.")]
    [InlineData("""{"age":1}""", "The data is not what person takes; see $.")]
    [InlineData("""{"name":"Ann","age":"x"}""", "The data is not what person takes; see $.age.")]
    [InlineData("""{"name":"\ud800","age":1}""", "The data is not what person takes; see $.name.")]
    [InlineData("[]", "The data is not what person takes; see $.")]
    [InlineData("null", "person needs data.")]
    [InlineData(null, "person needs data.")]
    public async Task Data_that_is_not_good_is_told_to_the_caller_and_reaches_no_handler(string? data, string message)
    {
        var reached = 0;
        await using var node = await GatewayNode.StartAsync(map: app => app.On("person", (Person person) => ++reached));
        var client = await HandlerClient.ConnectAsync(node);

        Assert.Equal((107, message), CodeOf(await client.AskAsync("person", data)));
        Assert.Equal(0, reached);
        Assert.Equal("1", (await client.AskAsync("person", """{"name":"Ann","age":1,"pets":[{"name":"Rex"}]}""")).Data);
    }

    [Fact]
    public async Task An_answer_beyond_what_may_wait_for_a_client_is_an_error_and_does_not_end_the_connection()
    {
        await using var node = await GatewayNode.StartAsync(
            settings: new() { ["Broadcast:Hub:Connections:MaxReplyBytes"] = "1024" }, map: app => app.On("text", (int length) => new string('x', length)));
        var client = await HandlerClient.ConnectAsync(node);

        Assert.Equal(100, (await client.AskAsync("text", "1023")).Code);
        Assert.Equal(902, (await client.AskAsync("text", "900")).Data!.Length);
        Assert.Contains(node.Log.Lines, l => l.Text.Contains("has at most 1024 bytes (Broadcast:Hub:Connections:MaxReplyBytes); this has 1025", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Over_a_plain_socket_a_request_without_an_id_is_carried_out_and_only_its_failure_is_told()
    {
        await using var node = await GatewayNode.StartAsync(map: app => app.On("check", (bool isGood) => isGood ? 1 : throw new RequestException("It is not good.")));
        var socket = await node.EnvelopeAsync("room");

        await socket.SendAsync("""{"rpc":{"method":"check","data":true}}""");
        await socket.SendAsync("""{"rpc":{"method":"check","data":false}}""");

        Assert.Equal("""{"error":{"code":107,"message":"It is not good."}}""", await socket.ReadTextAsync());
    }

    [Fact]
    public async Task The_applications_own_JSON_options_hold()
    {
        await using var node = await GatewayNode.StartAsync(
            services: s => s.ConfigureHttpJsonOptions(o => o.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper),
            map: app => app.On("greet", (Greet greet) => greet));
        var client = await HandlerClient.ConnectAsync(node, "centrifuge");

        Assert.Equal("""{"NAME":"Ann","TARGET":"#a"}""", (await client.AskAsync("greet", """{"NAME":"Ann","TARGET":"#a"}""")).Data);
    }

    private static (int, string?) CodeOf(HandlerReply reply) => (reply.Code, reply.Message);

    [GeneratedRegex("^It failed; the log has it as ([0-9a-f]{16})\\.$")]
    private static partial Regex Failure();

    private sealed record Greet(string Name, string? Target = null);

    private sealed record Pet([StringLength(10)] string Name);

    private sealed record Person([Required] string Name, [property: Range(1, 150)] int Age, Pet? Pet = null, IReadOnlyList<Pet>? Pets = null) : IValidatableObject
    {
        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
            Age == 99 ? [new ValidationResult($"{Name} is not 99.")] : [];
    }

    /// <summary>Counts within its scope.</summary>
    private sealed class Greeting
    {
        private int _count;

        public string To(string name) => $"Hello {name}, {++_count}";
    }
}
