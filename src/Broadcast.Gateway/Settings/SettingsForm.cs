using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Broadcast.Gateway;

/// <summary>
/// Compares configuration with the form of its options, before it is bound: what the binder would pass over in silence or refuse in words
/// of its own becomes one sentence each, which names the setting and says what it may be.
/// </summary>
internal static class SettingsForm
{
    public static IEnumerable<string> Failures(IConfigurationSection section, Type type) => Failures(section, type, null);

    private static IEnumerable<string> Failures(IConfigurationSection section, Type type, RangeAttribute? range)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var children = section.GetChildren().ToList();
        if (ScalarForm(type, range) is { } form)
        {
            return children.Count > 0 ? [$"{section.Path} has settings below it; it may be {form}."]
                : Fits(type, section.Value) ? []
                : [$"{section.Path} is {Shown(section.Value)}; it may be {form}."];
        }

        var isList = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>);
        if (!string.IsNullOrEmpty(section.Value))
        {
            return [$"{section.Path} is {Shown(section.Value)}; it is {(isList ? "a list" : $"a group of settings: {Names(type)}")}."];
        }

        return children.SelectMany(c => isList ? Entry(c, type.GetGenericArguments()[0]) : Member(c, type));
    }

    private static IEnumerable<string> Entry(IConfigurationSection entry, Type type)
    {
        if (!int.TryParse(entry.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return [$"{entry.Path} cannot be; entries of a list are numbered from 0."];
        }

        var isEmpty = entry.Value is null && !entry.GetChildren().Any();
        return isEmpty ? [$"{entry.Path} is empty; leave it out."] : Failures(entry, type, null);
    }

    private static IEnumerable<string> Member(IConfigurationSection member, Type owner)
    {
        if (Find(owner, member.Key) is not { } property)
        {
            return [$"{member.Path} is not a setting; here may be {Names(owner)}."];
        }

        var mayBeNull = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        return mayBeNull && member.Value is null && !member.GetChildren().Any()
            ? []
            : Failures(member, property.PropertyType, property.GetCustomAttribute<RangeAttribute>());
    }

    private static PropertyInfo? Find(Type type, string name) =>
        Settings(type).FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<PropertyInfo> Settings(Type type) => type.GetProperties().Where(p => p.CanWrite);

    private static string Names(Type type) => string.Join(", ", Settings(type).Select(p => p.Name));

    private static string Shown(string? value) => string.IsNullOrEmpty(value) ? "empty" : $"'{Requests.Shortened(value)}'";

    /// <returns>What a value of this type looks like, or null if it is not one value.</returns>
    private static string? ScalarForm(Type type, RangeAttribute? range) =>
        type == typeof(string) ? "text"
        : type.IsEnum ? string.Join(", ", Enum.GetNames(type))
        : type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? range is null ? "a time such as 00:00:25" : $"a time from {range.Minimum} to {range.Maximum}"
        : type.IsPrimitive ? range is null ? "a whole number" : OptionsCheck.Allowed(range)
        : null;

    private static bool Fits(Type type, string? value)
    {
        var invariant = CultureInfo.InvariantCulture;

        // A time written as a number alone would be days.
        return type == typeof(string) ? value is not null
            : type.IsEnum ? IsNamed(type, value)
            : type == typeof(bool) ? bool.TryParse(value, out _)
            : type == typeof(TimeSpan) ? value?.Contains(':', StringComparison.Ordinal) == true && TimeSpan.TryParse(value, invariant, out _)
            : type == typeof(long) ? long.TryParse(value, NumberStyles.AllowLeadingSign, invariant, out _)
            : int.TryParse(value, NumberStyles.AllowLeadingSign, invariant, out _);
    }

    /// <summary>Numbers, which the binder would take, say nothing to who reads them.</summary>
    private static bool IsNamed(Type type, string? value)
    {
        var isSet = type.IsDefined(typeof(FlagsAttribute), inherit: false);
        var names = value?.Split(',', isSet ? int.MaxValue : 1, StringSplitOptions.TrimEntries) ?? [];
        return names.Length > 0 && names.All(n => Enum.GetNames(type).Contains(n, StringComparer.OrdinalIgnoreCase));
    }
}
