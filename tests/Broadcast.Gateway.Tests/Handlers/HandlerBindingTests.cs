using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Handlers;

/// <summary>What is wrong with a handler is said when it is added, or when the application starts.</summary>
public sealed class HandlerBindingTests
{
    public static TheoryData<string, Delegate, string> Wrong => new()
    {
        { "two", (string a, int b) => { }, "The handler 'two' takes two requests, String a and Int32 b; one of them may be a service that the application does not have." },
        { "interface", (IMissing thing) => { }, "The handler 'interface' takes IMissing thing, which is neither a service that the application has nor something that JSON can be read into." },
        { "abstract", (Missing thing) => { }, "The handler 'abstract' takes Missing thing, which is neither a service that the application has nor something that JSON can be read into." },
        { "keyed", ([FromKeyedServices("other")] IMissing thing) => { }, "The handler 'keyed' takes IMissing thing, which is neither a service that the application has nor something that JSON can be read into." },
        { "http", (HttpContext context) => { }, "The handler 'http' takes HttpContext context, which is neither a service that the application has nor something that JSON can be read into." },
        { "ref", (ref int number) => { }, "The handler 'ref' takes Int32& number, which is neither a service that the application has nor something that JSON can be read into." },
        { "delegate", (Func<int> function) => { }, "The handler 'delegate' takes Func`1 function, which is neither a service that the application has nor something that JSON can be read into." },
        { "void", async void () => await Task.Yield(), "The handler 'void' is async void, of which nobody can tell when it has ended; let it return a Task." },
        { "sequence", () => Sequence(), "The handler 'sequence' answers with IAsyncEnumerable`1, which cannot be written as one JSON value." },
        { "result", () => Results.Ok(), "The handler 'result' answers with IResult, which cannot be written as one JSON value." },
        { "nested", () => Task.FromResult(Task.FromResult(1)), "The handler 'nested' answers with Task`1, which cannot be written as one JSON value." },
        { "", () => { }, "A request needs a method. (Parameter 'name')" },
        { new string('é', 65), () => { }, "A method's name has at most 128 bytes; this one has 130. (Parameter 'name')" },
        { "taken", () => { }, "There is a handler 'taken' already. (Parameter 'name')" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_a_handler_cannot_take_or_give_is_said_in_one_sentence_when_it_is_added(string name, Delegate handler, string sentence)
    {
        ArgumentException? refused = null;
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("taken", () => { });
            refused = Assert.Throws<ArgumentException>(() => app.On(name, handler));
        });

        Assert.Equal(sentence, refused!.Message);
    }

    [Fact]
    public async Task Keyed_services_and_methods_of_objects_are_taken()
    {
        await using var node = await GatewayNode.StartAsync(
            services: s => s.AddKeyedSingleton("one", "the one"),
            map: app =>
            {
                app.On("keyed", ([FromKeyedServices("one")] string service, int number) => $"{service} {number}");
                app.On("method", new Doubling(3).Of);
                app.On("static", Static);
                app.On("provider", (IServiceProvider services) => services.GetRequiredKeyedService<string>("one"));
            });
        var client = await HandlerClient.ConnectAsync(node);

        Assert.Equal("\"the one 7\"", (await client.AskAsync("keyed", "7")).Data);
        Assert.Equal("21", (await client.AskAsync("method", "7")).Data);
        Assert.Equal("8", (await client.AskAsync("static", "7")).Data);
        Assert.Equal("\"the one\"", (await client.AskAsync("provider")).Data);

        static int Static(int number) => number + 1;
    }

    [Fact]
    public async Task A_policy_that_the_application_does_not_have_ends_its_start()
    {
        var unknown = await Assert.ThrowsAsync<InvalidOperationException>(() => GatewayNode.StartAsync(
            services: s => s.AddAuthorization(), map: app => app.On("secret", () => { }).RequireAuthorization("admins")));
        var none = await Assert.ThrowsAsync<InvalidOperationException>(() => GatewayNode.StartAsync(
            map: app => app.On("secret", () => { }).RequireAuthorization()));

        Assert.Equal("The handler 'secret' requires the policy 'admins', which the application does not have.", unknown.Message);
        Assert.Equal("The handler 'secret' requires authorisation, which the application does not have: call builder.Services.AddAuthorization().", none.Message);
    }

    [Fact]
    public async Task After_the_start_no_handler_is_added()
    {
        await using var node = await GatewayNode.StartAsync();

        var late = Assert.Throws<InvalidOperationException>(() => node.App.On("late", () => { }));

        Assert.Equal("The handler 'late' comes too late: handlers are added before the application starts.", late.Message);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1_000_001, 1)]
    public async Task A_rate_that_cannot_be_is_refused(int perSecond, int burst)
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
            Assert.Throws<ArgumentOutOfRangeException>(() => app.On("a", () => { }).RateLimit(perSecond, burst)));
    }

    [Theory]
    [InlineData(399)]
    [InlineData(2_000)]
    public void An_applications_error_has_a_code_of_its_own(int code) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RequestException(code, "No."));

    private static async IAsyncEnumerable<int> Sequence()
    {
        await Task.Yield();
        yield return 1;
    }

    private interface IMissing;

    private abstract class Missing;

    private sealed class Doubling(int by)
    {
        public int Of(int number) => number * by;
    }
}
