using System.Net;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>The activator, before ten pods of a revision.</summary>
internal sealed class ActivatorComponent : IProxyComponent
{
    public string Name => "activator";

    public string PeerVariable => "KXDS_PEER_ACTIVATOR";

    // Its pods are so many addresses of the one user.
    public IPAddress UserAddress => IPAddress.Any;

    // Upstream's activator probes every pod so, whatever it speaks.
    public bool AsksOverHttp1 => true;

    // Compiled ahead of time only as far as the runtime can: it compiles again what is hot.
    public int WarmUpSeconds => 20;

    public string Find() => PublishedProgram.Find("Activator");

    public async Task<IProxyStage> StageAsync(ProxyProtocol protocol, int userPort, CancellationToken cancellationToken) =>
        await ActivatorStage.StartAsync(protocol, userPort, cancellationToken);
}
