namespace Broadcast.Gateway;

/// <summary>What a method of the server API may be given.</summary>
internal sealed record ApiParameter(string Name, ApiValue Value)
{
    public static ApiParameter Text(string name) => new(name, ApiValue.Text);

    public static ApiParameter Number(string name) => new(name, ApiValue.Number);

    public static ApiParameter Texts(string name) => new(name, ApiValue.Texts);

    public static ApiParameter Flag(string name) => new(name, ApiValue.Flag);

    public static ApiParameter Any(string name) => new(name, ApiValue.Any);
}

internal enum ApiValue : byte
{
    Text,

    /// <summary>A whole number from 0 to 65,535.</summary>
    Number,

    /// <summary>A list of strings.</summary>
    Texts,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>Any JSON value.</summary>
    Any,
}
