using Envoy.Service.Discovery.V3;
using Google.Rpc;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>What this client wants and has of one type. It outlives streams, so that a new one is told what need not be sent again.</summary>
/// <remarks>Threading: the client's loop only.</remarks>
internal sealed class DeltaSubscription(ResourceType type)
{
    private readonly Dictionary<string, string> _versions = new(StringComparer.Ordinal);
    private HashSet<string> _names = new(StringComparer.Ordinal);
    private bool _openOnStream;

    /// <summary>A new stream knows nothing of this type yet.</summary>
    public void Reset() => _openOnStream = false;

    /// <summary>The request that changes interest to <paramref name="names"/> (ignored for collections); null when nothing changes.</summary>
    public DeltaDiscoveryRequest? Want(IEnumerable<string> names)
    {
        var wanted = type.IsCollection() ? [] : names.ToHashSet(StringComparer.Ordinal);
        var request = new DeltaDiscoveryRequest { TypeUrl = type.TypeUrl() };
        if (!_openOnStream)
        {
            return wanted.Count == 0 && !type.IsCollection() ? null : Open(request, wanted);
        }

        request.ResourceNamesSubscribe.Add(wanted.Except(_names));
        request.ResourceNamesUnsubscribe.Add(_names.Except(wanted));
        Forget(request.ResourceNamesUnsubscribe);
        _names = wanted;
        return request.ResourceNamesSubscribe.Count + request.ResourceNamesUnsubscribe.Count == 0 ? null : request;
    }

    /// <summary>The answer to a response: an ACK, or a NACK when there is an <paramref name="error"/>.</summary>
    public DeltaDiscoveryRequest Answer(DeltaDiscoveryResponse response, string? error)
    {
        var answer = new DeltaDiscoveryRequest { TypeUrl = type.TypeUrl(), ResponseNonce = response.Nonce };
        if (error is not null)
        {
            answer.ErrorDetail = new Status { Code = (int)Grpc.Core.StatusCode.Internal, Message = error };
            return answer;
        }

        foreach (var resource in response.Resources)
        {
            _versions[resource.Name] = resource.Version;
        }

        Forget(response.RemovedResources);
        return answer;
    }

    private DeltaDiscoveryRequest Open(DeltaDiscoveryRequest request, HashSet<string> wanted)
    {
        Forget(type.IsCollection() ? [] : _versions.Keys.Except(wanted).ToList());
        request.ResourceNamesSubscribe.Add(wanted);
        request.InitialResourceVersions.Add(_versions);
        _names = wanted;
        _openOnStream = true;
        return request;
    }

    private void Forget(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            _versions.Remove(name);
        }
    }
}
