using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Checks all settings at start; each failure is one sentence that names the setting and says what it may be.</summary>
internal sealed class OptionsCheck : IValidateOptions<BroadcastOptions>
{
    public ValidateOptionsResult Validate(string? name, BroadcastOptions options)
    {
        var failures = Ranges(options, BroadcastOptions.Section)
            .Concat(Rooms(options))
            .Concat(Origins(options))
            .Concat(SourceSettings(options))
            .Concat(RedisServers(options))
            .ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    /// <returns>What a range allows, in words.</returns>
    public static string Allowed(RangeAttribute range)
    {
        var isOpen = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture) >= int.MaxValue;
        return isOpen ? $"at least {Text(range.Minimum)}" : $"{Text(range.Minimum)} to {Text(range.Maximum)}";
    }

    private static IEnumerable<string> Ranges(object options, string path)
    {
        if (options is IValidatableObject itself)
        {
            foreach (var result in itself.Validate(new ValidationContext(options)))
            {
                yield return $"{path}: {result.ErrorMessage}";
            }
        }

        foreach (var property in options.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0 && p.CanWrite))
        {
            var value = property.GetValue(options);
            var setting = $"{path}:{property.Name}";
            if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            {
                if (!range.IsValid(value))
                {
                    var allowed = value is TimeSpan ? $"{range.Minimum} to {range.Maximum}" : Allowed(range);
                    yield return $"{setting} is {Text(value)}; it may be {allowed}.";
                }
            }
            else if (value is TimeSpan time && (time <= TimeSpan.Zero || time > TimeSpan.FromDays(365)))
            {
                yield return $"{setting} is {time}; it must be longer than zero and at most 365 days, as in 00:00:25.";
            }
            else if (value is Enum named && !IsNamed(named))
            {
                yield return $"{setting} is {value}; it may be {string.Join(", ", Enum.GetNames(value.GetType()))}.";
            }
            else if (value is not null and not string and not IEnumerable && property.PropertyType is { IsClass: true })
            {
                foreach (var failure in Ranges(value, setting))
                {
                    yield return failure;
                }
            }
        }
    }

    private static IEnumerable<string> Rooms(BroadcastOptions options)
    {
        for (var i = 0; i < options.Rooms.Count; i++)
        {
            var room = options.Rooms[i];
            var path = $"{BroadcastOptions.Section}:Rooms:{i}";
            if (RoomPattern.Refusal(room.Name) is { } refusal)
            {
                yield return $"{path}:Name is '{room.Name}'; {refusal}";
            }

            foreach (var failure in Ranges(room, path))
            {
                yield return failure;
            }

            if (room.Rule.History.MaxCount < room.Rule.Window.MaxCount || room.Rule.History.MaxAge < room.Rule.Window.MaxAge
                || room.Rule.History.MaxBytes < room.Rule.Window.MaxBytes)
            {
                yield return $"{path}:Rule:History is shorter than {path}:Rule:Window; MaxCount, MaxBytes and MaxAge must be at least those of the window.";
            }
        }
    }

    private static IEnumerable<string> Origins(BroadcastOptions options) =>
        from origin in options.AllowedOrigins
        where origin != "*" && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == origin.TrimEnd('/'))
        select $"{BroadcastOptions.Section}:AllowedOrigins has '{origin}'; it may have origins such as https://example.org, or *.";

    private static IEnumerable<string> SourceSettings(BroadcastOptions options)
    {
        foreach (var source in options.Sources)
        {
            string? failure = null;
            try
            {
                var setting = SourceSetting.Parse(source);
                BuiltInSources.Create(setting.Kind, setting.Argument, TimeProvider.System);
            }
            catch (ArgumentException e)
            {
                failure = $"{BroadcastOptions.Section}:Sources has '{source}': {e.Message}";
            }

            if (failure is not null)
            {
                yield return failure;
            }
        }
    }

    private static IEnumerable<string> RedisServers(BroadcastOptions options)
    {
        const string Path = $"{BroadcastOptions.Section}:Redis";
        foreach (var server in options.Redis.Servers.Where(s => !IsServer(s)))
        {
            yield return $"{Path}:Servers has '{server}'; it may have addresses such as localhost:6379.";
        }

        if (options.Redis.Servers.GroupBy(s => s).FirstOrDefault(g => g.Count() > 1) is { Key: var twice })
        {
            yield return $"{Path}:Servers has '{twice}' more than once.";
        }

        if (options.Redis.Prefix.Length is 0 or > 64 || options.Redis.Prefix.Any(c => c is <= ' ' or > '~'))
        {
            yield return $"{Path}:Prefix is '{options.Redis.Prefix}'; it may be 1 to 64 characters of ASCII without spaces.";
        }
    }

    private static bool IsServer(string server) => server.LastIndexOf(':') is > 0 and var colon
        && ushort.TryParse(server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
        && Uri.CheckHostName(server[..colon]) is UriHostNameType.Dns or UriHostNameType.IPv4;

    /// <summary>A combination of flags is written as a number if one of them has no name.</summary>
    private static bool IsNamed(Enum value) => value.GetType().IsDefined(typeof(FlagsAttribute), inherit: false)
        ? !char.IsAsciiDigit(value.ToString()[0])
        : Enum.IsDefined(value.GetType(), value);

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "nothing";
}
