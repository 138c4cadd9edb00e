using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Broadcast.Gateway;

/// <summary>Tells good tokens from others: JSON Web Tokens signed with one of the keys in the settings. Any thread may ask.</summary>
internal sealed class Tokens
{
    /// <summary>How far the clock of whoever signs tokens may be from this node's.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    /// <summary>The one fault that is told to the caller.</summary>
    public const string ExpiredFault = "a token that has expired";

    /// <summary>A request's headers hold no more either.</summary>
    private const int MaxLength = 32 << 10;

    private static readonly (TokenClaims?, string?) s_expired = (null, ExpiredFault);

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };
    private readonly TokenValidationParameters _parameters;
    private readonly TokenKey[] _keys;
    private readonly TimeProvider _time;

    public Tokens(IOptions<BroadcastOptions> options, IHostEnvironment environment, TimeProvider time)
    {
        var settings = options.Value.Tokens;
        _time = time;
        _keys = [.. settings.Keys.Select(k => TokenKey.TryRead(k, environment.IsDevelopment(), out var key) is { } wrong ? throw new ArgumentException(wrong) : key!)];
        _parameters = new TokenValidationParameters
        {
            RequireSignedTokens = true,
            IssuerSigningKeyResolver = (_, token, kid, _) => KeysFor(((JsonWebToken)token).Alg, kid),

            // Looked at again where the signature is: a key is good for its own algorithm only.
            AlgorithmValidator = (algorithm, key, _, _) => _keys.Any(k => k.Key == key && k.Algorithm == algorithm),
            ValidateIssuer = settings.Issuer is not null,
            ValidIssuer = settings.Issuer,
            ValidateAudience = settings.Audience is not null,
            ValidAudience = settings.Audience,

            // Done here, by the node's clock.
            ValidateLifetime = false,
            RequireExpirationTime = false,
        };
    }

    public bool HasKeys => _keys.Length > 0;

    /// <returns>What the token says, or what is wrong with it, for the log only.</returns>
    public async ValueTask<(TokenClaims? Claims, string? Fault)> ReadAsync(string text)
    {
        var result = await _handler.ValidateTokenAsync(text, _parameters);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken token)
        {
            return (null, FaultOf(result.Exception));
        }

        if (token.TryGetHeaderValue<object>("crit", out _))
        {
            // RFC 7515, 4.1.11: whoever does not understand what is critical refuses.
            return (null, "a token with a header 'crit'");
        }

        if (TokenClaims.TryRead(Base64UrlEncoder.DecodeBytes(token.EncodedPayload), out var claims) is { } wrong)
        {
            return (null, wrong);
        }

        var now = _time.GetUtcNow();
        return claims!.Expires is { } end && now >= end + ClockSkew ? s_expired
            : claims.NotBefore is { } begin && now < begin - ClockSkew ? (null, "a token that is not good yet")
            : (claims, null);
    }

    /// <summary>A token's kid chooses among keys with an id; keys without one are tried for every token.</summary>
    private SecurityKey[] KeysFor(string algorithm, string? kid)
    {
        var keys = _keys.Where(k => k.Algorithm == algorithm);
        if (!string.IsNullOrEmpty(kid))
        {
            keys = keys.Any(k => k.Id == kid) ? keys.Where(k => k.Id == kid) : keys.Where(k => k.Id is null);
        }

        return [.. keys.Select(k => k.Key)];
    }

    /// <summary>Messages of the library may quote the token; the kind of exception does not.</summary>
    private static string FaultOf(Exception? exception) => exception switch
    {
        SecurityTokenInvalidIssuerException => "a token of another issuer",
        SecurityTokenInvalidAudienceException => "a token for another audience",
        SecurityTokenInvalidSignatureException => "a token that no key of the settings for its algorithm and kid has signed",
        SecurityTokenMalformedException or ArgumentException => "text that is no token",
        null => "text that is no token",
        _ => exception.GetType().Name,
    };
}
