using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Broadcast.Server.Tests;

/// <summary>Writes down what is public in a library, a line for each type and member. What compilers make of records is left out.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string[] Of(Assembly library) =>
    [
        .. library.GetExportedTypes().Where(t => !IsMade(t)).SelectMany(t => MembersOf(t).Select(m => $"{Name(t)}.{m}").Prepend($"{Kind(t)} {Name(t)}{Heirs(t)}"))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    private static string Kind(Type type) =>
        type.IsEnum ? "enum"
        : type.IsInterface ? "interface"
        : type.IsValueType ? "struct"
        : type.IsAssignableTo(typeof(Delegate)) ? "delegate"
        : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : type.IsAbstract ? "abstract class"
        : type.IsSealed ? "sealed class"
        : "class";

    private static string Heirs(Type type)
    {
        var from = type.GetInterfaces().Where(i => i.IsPublic && i.Namespace!.Split('.')[0] != nameof(System)).Select(Name).Order(StringComparer.Ordinal).ToList();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum))
        {
            from.Insert(0, Name(parent));
        }

        return from.Count == 0 ? "" : $" : {string.Join(", ", from)}";
    }

    private static IEnumerable<string> MembersOf(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(n => string.Create(CultureInfo.InvariantCulture, $"{n} = {Convert.ToInt64(Enum.Parse(type, n), CultureInfo.InvariantCulture)}"));
        }

        return type.GetMembers(Declared).Where(m => !IsMade(m)).Select(m => m switch
        {
            ConstructorInfo c when IsSeen(c) => $"new({Parameters(c)})",
            MethodInfo method when IsSeen(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) =>
                $"{method.Name}{Generic(method)}({Parameters(method)}) : {Name(method.ReturnType)}",
            PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsSeen) =>
                $"{property.Name} : {Name(property.PropertyType)} {{{string.Join(',', property.GetAccessors(nonPublic: true).Where(IsSeen).Select(a => IsInit(a) ? "init" : a.Name[..3]))}}}",
            FieldInfo field when field.IsPublic || field.IsFamily => $"{field.Name} : {Name(field.FieldType)}",
            EventInfo e when IsSeen(e.AddMethod!) => $"event {e.Name} : {Name(e.EventHandlerType!)}",
            _ => null,
        }).OfType<string>();
    }

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsInit(MethodInfo accessor) => accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static bool IsMade(MemberInfo member) => member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.Name == "EqualityContract";

    private static string Generic(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(p => $"{(p.IsOut ? "out " : "")}{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? " = " + (p.DefaultValue ?? "null") : "")}"));

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return Name(type.GetElementType()!) + "&";
        }

        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }

        if (Nullable.GetUnderlyingType(type) is { } given)
        {
            return Name(given) + "?";
        }

        var name = type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
