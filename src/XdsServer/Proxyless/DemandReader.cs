using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Proxyless;

/// <summary>Reads a client's requests, and has the hosts ready that it asks for before the request is answered.</summary>
internal sealed class DemandReader(IAsyncStreamReader<DiscoveryRequest> inner, ProxylessDemand demand, Action<DiscoveryRequest> check) : IAsyncStreamReader<DiscoveryRequest>
{
    /// <inheritdoc/>
    public DiscoveryRequest Current => inner.Current;

    /// <inheritdoc/>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (!await inner.MoveNext(cancellationToken))
        {
            return false;
        }

        Take(Current);
        return true;
    }

    /// <summary>Takes up what a request asks for.</summary>
    public void Take(DiscoveryRequest request)
    {
        check(request);
        if (request.TypeUrl == ResourceType.Listener.TypeUrl())
        {
            demand.Set(request.ResourceNames);
        }
    }
}
