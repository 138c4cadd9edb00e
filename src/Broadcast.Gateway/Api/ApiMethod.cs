namespace Broadcast.Gateway;

/// <summary>A method of the server API.</summary>
internal sealed record ApiMethod(string Name, IReadOnlyList<ApiParameter> Parameters, Func<ApiParameters, Task<ApiResult>> RunAsync);
