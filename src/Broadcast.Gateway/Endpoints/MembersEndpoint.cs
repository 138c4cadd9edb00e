using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>Puts clients into rooms, and takes them out: <c>/rooms/{room}/members</c>, for operators and back ends.</summary>
internal sealed class MembersEndpoint(Cluster cluster, Operators operators)
{
    private const int MaxBody = 16 << 10;

    private static readonly ApiParameter[] s_target = [ApiParameter.Text("user"), ApiParameter.Text("client")];

    public async Task JoinAsync(HttpContext context)
    {
        if (await ReadAsync(context) is not { } target)
        {
            return;
        }

        var answers = await cluster.Clients.JoinAsync(target, context.Room());
        var (joined, refused) = (answers.Sum(a => a.Value?.Joined ?? 0), answers.Sum(a => a.Value?.Refused ?? 0));
        var refusal = answers.Select(a => a.Value?.Refusal).FirstOrDefault(r => r is not null);
        if (joined == 0 && refusal is not null)
        {
            await new Refusal(StatusCodes.Status409Conflict, ErrorCode.NotAvailable, refusal).WriteAsync(context);
            return;
        }

        await Json.WriteAsync(context, json =>
        {
            json.WriteNumber("count", joined);
            if (refused > 0)
            {
                json.WriteNumber("refused", refused);
                json.WriteString("reason", refusal);
            }

            json.WriteAnswers(answers, count => count!.Joined);
        });
    }

    public async Task LeaveAsync(HttpContext context)
    {
        if (await ReadAsync(context) is not { } target)
        {
            return;
        }

        var answers = await cluster.Clients.UnsubscribeAsync(target, context.Room(), UnsubscribeReason.Server);
        await Json.WriteAsync(context, json =>
        {
            json.WriteNumber("count", answers.Sum(a => a.Value));
            json.WriteAnswers(answers, count => count);
        });
    }

    /// <returns>Whom it is about; null if the request was answered.</returns>
    private async Task<ClientTarget?> ReadAsync(HttpContext context)
    {
        var refusal = await operators.RefuseAsync(context, "Only back ends with an API key and operators may do this.")
            ?? (RoomName.Refusal(context.Room()) is { } badName ? Refusal.Bad(badName) : null);
        ApiParameters? given = null;
        if (refusal is null)
        {
            (given, refusal) = await PublicationReader.ReadBodyAsync(context, MaxBody) is { } body
                ? ApiParameters.Parse(body, s_target) is var (parameters, wrong) && wrong is null
                    ? (parameters, parameters is { User: null, Client: null } ? Refusal.Bad("Name a \"user\" or a \"client\".") : null)
                    : (null, Refusal.Bad(wrong!))
                : (null, Refusal.TooLarge(MaxBody));
        }

        if (refusal is null)
        {
            return new ClientTarget(given!.User, given.Client);
        }

        await refusal.WriteAsync(context);
        return null;
    }
}
