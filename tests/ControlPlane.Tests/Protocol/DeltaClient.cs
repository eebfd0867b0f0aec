using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Drives a <see cref="DeltaMachine"/> the way a client does, one step at a time.</summary>
internal sealed class DeltaClient(ResourceStore store, StreamPolicy? policy = null)
{
    private readonly DeltaMachine _machine = new(policy ?? StreamPolicy.Default, store.Current);

    /// <summary>Responses that the client has not answered yet.</summary>
    public Queue<(ResourceType Type, DeltaDiscoveryResponse Response)> Inbox { get; } = new();
    public List<StreamEffect> Effects { get; } = [];
    public bool IsHolding => _machine.IsHolding;
    public bool NeedsTicks => _machine.NeedsTicks;
    /// <summary>What the client has taken and holds, as the server knows it.</summary>
    public IReadOnlyList<(ResourceId Id, string Version)> Held => _machine.Held;

    public DeltaClient Subscribe(ResourceType type, params string[] names) => Send(new() { TypeUrl = type.TypeUrl(), ResourceNamesSubscribe = { names } });

    public DeltaClient Unsubscribe(ResourceType type, params string[] names) => Send(new() { TypeUrl = type.TypeUrl(), ResourceNamesUnsubscribe = { names } });

    public DeltaClient Send(DeltaDiscoveryRequest request)
    {
        request.Node = new() { Id = "node" };
        return Take(_machine.OnRequest(request));
    }

    public DeltaClient Push() => Take(_machine.OnSnapshot(store.Current));

    /// <summary>Lets as much time pass as a change waits for a client.</summary>
    public DeltaClient Release() => Tick(StreamPolicy.Default.HoldTicks);

    public DeltaClient Tick(int count = 1) => Take(Enumerable.Range(0, count).SelectMany(_ => _machine.OnTick()));

    /// <summary>Takes the next response; fails when there is none or when it is of another type.</summary>
    public DeltaDiscoveryResponse Receive(ResourceType type)
    {
        Assert.NotEmpty(Inbox);
        Assert.Equal(type, Inbox.Peek().Type);
        return Inbox.Dequeue().Response;
    }

    public DeltaClient Ack(DeltaDiscoveryResponse response) => Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce });

    public DeltaClient Nack(DeltaDiscoveryResponse response, string message = "refused") =>
        Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, ErrorDetail = new() { Code = 13, Message = message } });

    /// <summary>Takes and accepts the next response.</summary>
    public DeltaDiscoveryResponse Accept(ResourceType type)
    {
        var response = Receive(type);
        Ack(response);
        return response;
    }

    /// <summary>The resources of a response, in its order.</summary>
    public static List<string> NamesOf(DeltaDiscoveryResponse response) => [.. response.Resources.Select(resource => resource.Name)];

    private DeltaClient Take(IEnumerable<StreamEffect> effects)
    {
        foreach (var effect in effects)
        {
            Effects.Add(effect);
            if (effect is StreamEffect.Send { Response: DeltaDiscoveryResponse response } send)
            {
                Inbox.Enqueue((send.Type, response));
            }
        }

        return this;
    }
}
