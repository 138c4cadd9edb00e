using System.Text.Json;

namespace Broadcast.Gateway.Tests.Handlers;

/// <summary>What a client was answered, on either path.</summary>
internal sealed record HandlerReply(long Id, string? Data, int Code, string? Message)
{
    public static HandlerReply Of(JsonElement said)
    {
        var id = said.TryGetProperty("id", out var given) ? given.GetInt64() : 0;
        if (said.TryGetProperty("error", out var error))
        {
            return new HandlerReply(id, null, error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString());
        }

        var result = said.TryGetProperty("rpc", out var rpc) ? rpc : said.GetProperty("result");
        return new HandlerReply(id, result.TryGetProperty("data", out var data) ? data.GetRawText() : null, 0, null);
    }
}
