using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Drives a <see cref="SotwMachine"/> the way a client does, one step at a time; each step returns what was sent.</summary>
internal sealed class SotwClient(ResourceStore store, StreamPolicy? policy = null, string userAgent = "envoy")
{
    private SotwMachine _machine = new(policy ?? StreamPolicy.Default, store.Current);

    public List<StreamEffect> Effects { get; } = [];
    public bool IsHolding => _machine.IsHolding;
    public bool NeedsTicks => _machine.NeedsTicks;

    /// <summary>A request without a nonce: the first of its type, or a change before any response.</summary>
    public List<DiscoveryResponse> Ask(ResourceType type, params string[] names) => Send(new() { TypeUrl = type.TypeUrl(), ResourceNames = { names } });

    /// <summary>A change of names between two responses: the last one's nonce again, so that it looks like a second ACK of that.</summary>
    public List<DiscoveryResponse> AskAgain(ResourceType type, params string[] names) =>
        Ack((DiscoveryResponse)Effects.OfType<StreamEffect.Send>().Last(send => send.Type == type).Response, names);

    /// <summary>The first request of a type on a new stream by a client that holds something.</summary>
    public List<DiscoveryResponse> Resume(ResourceType type, string version, params string[] names) => Send(new() { TypeUrl = type.TypeUrl(), VersionInfo = version, ResourceNames = { names } });

    public List<DiscoveryResponse> Ack(DiscoveryResponse response, params string[] names) =>
        Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, VersionInfo = response.VersionInfo, ResourceNames = { names } });

    public List<DiscoveryResponse> Nack(DiscoveryResponse response, string words, params string[] names) =>
        Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, ResourceNames = { names }, ErrorDetail = new() { Code = 13, Message = words } });

    public List<DiscoveryResponse> Push(params EncodedResource[] resources) => Take(_machine.OnSnapshot(store.With(resources).Current));

    public List<DiscoveryResponse> Remove(ResourceType type, string name)
    {
        store.Remove(new(type, name));
        return Push();
    }

    public List<DiscoveryResponse> Tick(int count = 1) => Take([.. Enumerable.Range(0, count).SelectMany(_ => _machine.OnTick())]);

    public void Reconnect() => _machine = new(policy ?? StreamPolicy.Default, store.Current);

    public List<DiscoveryResponse> Send(DiscoveryRequest request)
    {
        request.Node = new() { Id = "node", UserAgentName = userAgent };
        return Take(_machine.OnRequest(request));
    }

    private List<DiscoveryResponse> Take(IReadOnlyCollection<StreamEffect> effects)
    {
        Effects.AddRange(effects);
        return [.. effects.OfType<StreamEffect.Send>().Select(send => (DiscoveryResponse)send.Response)];
    }
}
