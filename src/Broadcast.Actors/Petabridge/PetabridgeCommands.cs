using Akka.Actor;
using Petabridge.Cmd.Cluster;
using Petabridge.Cmd.Host;
using Petabridge.Cmd.Remote;

namespace Broadcast.Actors;

/// <summary>
/// Lets Petabridge.Cmd's <c>pbm</c> inspect this node. Compiled with <c>-p:PetabridgeCmd=true</c> only, since that library is closed source; switched on by
/// <c>akka.extensions = ["Broadcast.Actors.PetabridgeCommands, Broadcast.Actors"]</c> in <c>hocon/node.conf</c>. Where it listens is its own setting, <c>petabridge.cmd</c>.
/// </summary>
public sealed class PetabridgeCommands : ExtensionIdProvider<PetabridgeCommands.Host>
{
    public override Host CreateExtension(ExtendedActorSystem system)
    {
        var host = PetabridgeCmd.Get(system);
        host.RegisterCommandPalette(ClusterCommands.Instance);
        host.RegisterCommandPalette(RemoteCommands.Instance);
        host.Start();
        return new Host(host);
    }

    /// <summary>What listens for <c>pbm</c>, for as long as the actor system lives.</summary>
    public sealed class Host(PetabridgeCmd commands) : IExtension
    {
        public PetabridgeCmd Commands => commands;
    }
}
