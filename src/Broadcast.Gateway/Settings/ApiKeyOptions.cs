namespace Broadcast.Gateway;

/// <summary>A key of a back end, which may do everything everywhere.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>Names it in the log. Default: its place in the list.</summary>
    public string? Name { get; set; }

    /// <summary>What <c>X-API-Key</c> must say: 16 or more characters without spaces; fewer only in Development.</summary>
    public string Key { get; set; } = "";
}
