using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Checks the keys in the settings at start; each failure is one sentence that names the setting and quotes no key.</summary>
internal sealed class CredentialsCheck(IHostEnvironment environment) : IValidateOptions<BroadcastOptions>
{
    private const int MinApiKeyBytes = 16;

    public ValidateOptionsResult Validate(string? name, BroadcastOptions options)
    {
        var failures = TokenKeys(options.Tokens).Concat(ApiKeys(options.ApiKeys)).Concat(Operators(options)).ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private IEnumerable<string> TokenKeys(TokenOptions options)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < options.Keys.Count; i++)
        {
            var path = $"{BroadcastOptions.Section}:Tokens:Keys:{i}";
            if (TokenKey.TryRead(options.Keys[i], environment.IsDevelopment(), out var key) is { } wrong)
            {
                yield return path + wrong;
            }
            else if (key!.Id is { } id && !ids.Add(id))
            {
                yield return $"{path}:Id is '{Requests.Shortened(id)}', as is that of another key; a token's kid must choose one.";
            }
        }
    }

    private IEnumerable<string> ApiKeys(IList<ApiKeyOptions> keys)
    {
        for (var i = 0; i < keys.Count; i++)
        {
            var (path, key) = ($"{BroadcastOptions.Section}:ApiKeys:{i}", keys[i]);
            if (key.Key.Length < MinApiKeyBytes && (!environment.IsDevelopment() || key.Key.Length == 0))
            {
                yield return $"{path}:Key has {key.Key.Length} characters; it takes at least {MinApiKeyBytes}, since it opens everything. Only in Development it may be shorter.";
            }
            else if (key.Key.Any(c => c is <= ' ' or > '~'))
            {
                yield return $"{path}:Key has characters that a header cannot carry; it may have letters, digits and signs of ASCII, and no spaces.";
            }
            else if (keys.Take(i).Any(k => k.Key == key.Key))
            {
                yield return $"{path}:Key is that of another entry; each has its own.";
            }

            if (key.Name is { Length: 0 } || keys.Take(i).Any(k => k.Name is not null && k.Name == key.Name))
            {
                yield return $"{path}:Name is '{Requests.Shortened(key.Name)}'; each key has a name of its own, or none.";
            }
        }
    }

    private static IEnumerable<string> Operators(BroadcastOptions options)
    {
        if ((options.Operators & Who.Token) != 0)
        {
            yield return $"{BroadcastOptions.Section}:Operators is '{options.Operators}'; tokens name rooms and no operators, so that Token is not among what it may be.";
        }
    }
}
