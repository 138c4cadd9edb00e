using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>What the commands of all clients of the Centrifuge protocol need.</summary>
internal sealed class CentrifugeContext(
    Hub hub, Cluster cluster, Access access, UserLimit userLimit, Callers callers, PublishRates rates, Handlers handlers, ClientHooks hooks, MeantHistory history,
    IOptions<BroadcastOptions> options, ILogger<CentrifugeContext> logger)
{
    public Hub Hub => hub;

    public Cluster Cluster => cluster;

    public Access Access => access;

    public UserLimit UserLimit => userLimit;

    public Callers Callers => callers;

    public PublishRates Rates => rates;

    public Handlers Handlers => handlers;

    public ClientHooks Hooks => hooks;

    public MeantHistory History => history;

    public ILogger Logger => logger;

    public BroadcastOptions Options => options.Value;
}
