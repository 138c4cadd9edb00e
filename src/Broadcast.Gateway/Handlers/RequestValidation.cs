using System.Collections;
using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Broadcast.Gateway;

/// <summary>
/// Holds a request to its data annotations: those of its properties, of the parameters of its constructor, where records have them, and of what is within.
/// Any thread may ask.
/// </summary>
internal static class RequestValidation
{
    /// <summary>Sentences in one refusal.</summary>
    private const int MaxSentences = 4;

    /// <summary>JSON is not deeper; what a custom converter made may go round in circles.</summary>
    private const int MaxDepth = 64;

    private static readonly ConcurrentDictionary<Type, Member[]> s_members = new();

    /// <returns>Null, or what is wrong, in sentences for the client.</returns>
    public static string? Refusal(object request, IServiceProvider services)
    {
        var sentences = new List<string>();
        Check(request, services, MaxDepth, sentences);
        return sentences.Count == 0 ? null : string.Join(' ', sentences.Take(MaxSentences));
    }

    private static void Check(object value, IServiceProvider services, int depth, List<string> sentences)
    {
        if (depth == 0 || sentences.Count >= MaxSentences || value is string)
        {
            return;
        }

        if (value is IEnumerable items)
        {
            foreach (var item in value is IDictionary map ? map.Values : items)
            {
                if (item is not null)
                {
                    Check(item, services, depth - 1, sentences);
                }
            }

            return;
        }

        if (!IsOfApplication(value.GetType()))
        {
            return;
        }

        foreach (var member in s_members.GetOrAdd(value.GetType(), MembersOf))
        {
            var within = member.Property.GetValue(value);
            var context = new ValidationContext(value, services, items: null) { MemberName = member.Property.Name };
            sentences.AddRange(member.Annotations.Select(a => a.GetValidationResult(within, context)).OfType<ValidationResult>().Select(SentenceOf));
            if (within is not null)
            {
                Check(within, services, depth - 1, sentences);
            }
        }

        if (sentences.Count == 0 && value is IValidatableObject itself)
        {
            sentences.AddRange(itself.Validate(new ValidationContext(value, services, items: null)).OfType<ValidationResult>().Select(SentenceOf));
        }
    }

    private static string SentenceOf(ValidationResult result) => result.ErrorMessage ?? $"{string.Join(", ", result.MemberNames)} is not valid.";

    private static bool IsOfApplication(Type type) => !type.IsPrimitive && !type.IsEnum && type.Namespace?.Split('.')[0] != nameof(System);

    private static Member[] MembersOf(Type type)
    {
        var parameters = type.GetConstructors().SelectMany(c => c.GetParameters()).ToLookup(p => p.Name, StringComparer.OrdinalIgnoreCase);
        return
        [
            .. from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
               where property.CanRead && property.GetIndexParameters().Length == 0 && property.Name != "EqualityContract"
               let ofParameter = parameters[property.Name].Where(p => p.ParameterType == property.PropertyType).SelectMany(p => p.GetCustomAttributes<ValidationAttribute>())
               let annotations = property.GetCustomAttributes<ValidationAttribute>().Concat(ofParameter).ToArray()
               where annotations.Length > 0 || MayHoldMore(property.PropertyType)
               select new Member(property, annotations),
        ];
    }

    private static bool MayHoldMore(Type type) => type != typeof(string)
        && (type.IsArray ? MayHoldMore(type.GetElementType()!)
            : type.IsGenericType ? type.GetGenericArguments().Any(MayHoldMore) || IsOfApplication(type)
            : type == typeof(object) || typeof(IEnumerable).IsAssignableFrom(type) || IsOfApplication(type));

    private sealed record Member(PropertyInfo Property, ValidationAttribute[] Annotations);
}
