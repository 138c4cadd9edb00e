using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>Lets only operators in.</summary>
internal sealed class Operators(Access access, Callers callers, Origins origins)
{
    /// <param name="sentence">What others are told.</param>
    /// <returns>Why the request is refused, or null.</returns>
    public async ValueTask<Refusal?> RefuseAsync(HttpContext context, string sentence = "Only operators may do this; see the setting Broadcast:Operators.")
    {
        if (!origins.Admit(context))
        {
            return Refusal.OtherOrigin();
        }

        var asking = await callers.OfAsync(context);
        return asking.Refusal ?? (access.IsOperator(asking.Caller) ? null : Refusal.Forbidden(sentence));
    }
}
