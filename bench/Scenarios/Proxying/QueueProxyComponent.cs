using System.Net;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>The queue-proxy.</summary>
internal sealed class QueueProxyComponent : IProxyComponent
{
    public string Name => "queue-proxy";

    public string PeerVariable => "KXDS_PEER_QUEUE";

    public IPAddress UserAddress => IPAddress.Loopback;

    public bool AsksOverHttp1 => false;

    public int WarmUpSeconds => 2;

    public string Find() => PublishedProgram.Find("QueueProxy");

    public Task<IProxyStage> StageAsync(ProxyProtocol protocol, int userPort, CancellationToken cancellationToken) => Task.FromResult<IProxyStage>(new QueueProxyStage(userPort));
}
