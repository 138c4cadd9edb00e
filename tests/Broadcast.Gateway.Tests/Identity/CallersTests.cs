using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests;

/// <summary>What is known of a caller.</summary>
public sealed class CallersTests
{
    [Fact]
    public async Task A_token_gives_its_user_rooms_info_and_end()
    {
        await using var node = await IdentityNode.StartAsync();
        var callers = node.App.Services.GetRequiredService<Callers>();
        var end = node.Time.GetUtcNow().AddMinutes(5);

        var result = await callers.OfTokenAsync(
            SignedToken.Hs256($$"""{"sub":"ann","channels":["a","b:*"],"info":{"name": "Ann"},"exp":{{end.ToUnixTimeSeconds()}}}"""), isLoopback: true);

        Assert.Null(result.Error);
        var caller = result.Caller;
        Assert.Equal("ann", caller.User);
        Assert.Equal(["a", "b:*"], caller.Rooms);
        Assert.Equal("""{"name": "Ann"}""", Encoding.UTF8.GetString(caller.Info!.Value.Span));
        Assert.Equal((end, end + Tokens.ClockSkew), (caller.Expires, caller.Ends));
        Assert.True(caller is { IsSignedIn: true, IsLoopback: true, IsApiKey: false });
    }

    [Fact]
    public async Task A_token_that_is_not_good_gives_a_code_and_a_caller_who_proved_nothing()
    {
        await using var node = await IdentityNode.StartAsync();
        var callers = node.App.Services.GetRequiredService<Callers>();

        var invalid = await callers.OfTokenAsync("garbage", isLoopback: true);
        var expired = await callers.OfTokenAsync(SignedToken.Of(expires: node.Time.GetUtcNow().AddDays(-1)), isLoopback: true);

        Assert.Equal((ErrorCode.Unauthorized, ErrorCode.TokenExpired), (invalid.Error, expired.Error));
        Assert.All([invalid.Caller, expired.Caller], c => Assert.True(c is { User: null, IsSignedIn: false, IsApiKey: false, IsLoopback: false, Rooms.Count: 0 }));
    }

    [Theory]
    [InlineData(ClaimTypes.NameIdentifier)]
    [InlineData("sub")]
    public async Task The_applications_user_has_the_name_and_the_end_that_its_authentication_says(string claim)
    {
        await using var node = await IdentityNode.StartAsync();
        var end = node.Time.GetUtcNow().AddMinutes(5);
        var user = new ClaimsPrincipal(new ClaimsIdentity([new Claim(claim, "ann")], "test"));
        var context = new DefaultHttpContext { User = user };
        var ticket = new AuthenticationTicket(user, new AuthenticationProperties { ExpiresUtc = end }, "test");
        context.Features.Set<IAuthenticateResultFeature>(new Authenticated { AuthenticateResult = AuthenticateResult.Success(ticket) });

        var caller = (await node.App.Services.GetRequiredService<Callers>().OfAsync(context)).Caller;

        Assert.Equal(("ann", end), (caller.User, caller.Expires));
        Assert.True(caller.IsSignedIn);
    }

    private sealed class Authenticated : IAuthenticateResultFeature
    {
        public AuthenticateResult? AuthenticateResult { get; set; }
    }
}
