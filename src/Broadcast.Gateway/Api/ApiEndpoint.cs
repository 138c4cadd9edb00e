using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>The server API in the field's shape: <c>POST /api/{method}</c>, for operators and back ends.</summary>
internal sealed class ApiEndpoint(ApiMethods methods, Operators operators, IOptions<BroadcastOptions> options, Posting posting)
{
    /// <summary>What a request needs around a message's data, which in base64 is longer by a third.</summary>
    private const int AroundData = 16 << 10;

    public async Task ServeAsync(HttpContext context)
    {
        var (method, refusal) = await CheckAsync(context);
        if (refusal is not null)
        {
            await refusal.WriteAsync(context);
            return;
        }

        var most = options.Value.MaxMessageBytes + (options.Value.MaxMessageBytes / 3) + AroundData;
        if (await PublicationReader.ReadBodyAsync(context, most) is not { } body)
        {
            await posting.RefuseAsync(context, Refusal.TooLarge(options.Value.MaxMessageBytes));
            return;
        }

        var (parameters, wrong) = ApiParameters.Parse(body, method!.Parameters);
        var result = wrong is not null ? Refusal.Bad(wrong) : await method.RunAsync(parameters!);
        if (result.Refusal is not null)
        {
            await posting.RefuseAsync(context, result.Refusal);
            return;
        }

        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject("result");
            result.Write!(json);
            json.WriteEndObject();
        });
    }

    private async ValueTask<(ApiMethod? Method, Refusal? Refusal)> CheckAsync(HttpContext context)
    {
        var name = (string?)context.GetRouteValue("method") ?? "";
        var method = methods.Find(name);
        var refusal = await operators.RefuseAsync(context, "Only back ends with an API key and operators may do this.")
            ?? (method is null ? Refusal.NoMethod($"There is no method {Requests.Shortened(name)}; there are {methods.Names}.") : null);
        return (method, refusal);
    }
}
