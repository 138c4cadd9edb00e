using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>
/// The host gives a node that stops the time of its drain, and some more for what comes after it. An application that says otherwise is
/// refused at start if the drain could not end in time: the host would cut it short without anybody being told.
/// </summary>
internal sealed class ShutdownCheck(IOptions<BroadcastOptions> node) : IConfigureOptions<HostOptions>, IValidateOptions<HostOptions>
{
    /// <summary>For the last bytes on their way to clients, sockets whose close frame is not answered, and the backplane.</summary>
    public static readonly TimeSpan AfterDrain = TimeSpan.FromSeconds(10);

    private TimeSpan Deadline => node.Value.Drain.Deadline;

    public void Configure(HostOptions options) => options.ShutdownTimeout = Deadline + AfterDrain;

    public ValidateOptionsResult Validate(string? name, HostOptions options) =>
        options.ShutdownTimeout == Timeout.InfiniteTimeSpan || options.ShutdownTimeout > Deadline
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{BroadcastOptions.Section}:Drain:Deadline is {Deadline}; it must be shorter than the host's ShutdownTimeout, which is {options.ShutdownTimeout}.");
}
