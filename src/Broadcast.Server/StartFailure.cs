using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Broadcast.Server;

/// <summary>Tells an operator why the node did not start.</summary>
internal static class StartFailure
{
    /// <returns>One sentence for each thing to mend; null if it is a fault of the node's own, which needs its stack trace.</returns>
    public static IEnumerable<string>? Sentences(Exception exception, string? urls) => exception switch
    {
        OptionsValidationException e => e.Failures,
        SettingsException e => [e.Message],
        DataException e => [e.Message],
        BackplaneException e => [e.Message],
        IOException { InnerException: AddressInUseException } => [$"--urls is {urls}, and the address is in use; choose another one."],
        SocketException e => [$"--urls is {urls}, where the node cannot listen: {e.Message}."],
        FormatException or UriFormatException => [$"--urls is {urls}; it may be addresses such as {Node.DefaultUrls}, joined by semicolons."],
        InvalidOperationException e when e.Message.Contains("HTTPS", StringComparison.Ordinal) =>
            [$"--urls is {urls}, and HTTPS needs a certificate: set Kestrel:Certificates:Default:Path and Password, or leave HTTPS to a proxy."],
        InvalidOperationException e when e.StackTrace?.Contains("AddressBinder", StringComparison.Ordinal) == true =>
            [$"--urls is {urls}, where the node cannot listen: {e.Message}"],
        _ => null,
    };
}
