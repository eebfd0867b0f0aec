using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>A client of the incremental variant.</summary>
internal sealed class DeltaModel : ClientModel
{
    private readonly HashSet<ResourceType> _asked = [];
    private Queue<(ResourceType Type, DeltaDiscoveryResponse Response)> _inbox = new();
    private DeltaMachine _machine;
    private (ResourceType Type, DeltaDiscoveryRequest Answer)? _last;

    public DeltaModel()
    {
        _machine = new(Policy, Current);
        Open();
    }

    protected override bool HasMail => _inbox.Count > 0;
    protected override bool KeepsPromisesOnReconnect => true;

    protected override bool HasAsked(ResourceType type) => _asked.Contains(type);

    protected override void Open()
    {
        _inbox = new();
        _last = null;
        _asked.Clear();
        _machine = new(Policy, Current);
        foreach (var type in ResourceTypes.All.Where(type => IsWild(type) || Names(type).Count > 0))
        {
            var isLegacy = IsWild(type) && Names(type).Count == 0;
            Request(type, new() { ResourceNamesSubscribe = { isLegacy ? [] : IsWild(type) ? [.. Names(type), "*"] : Names(type) } });
        }
    }

    protected override void AnswerNext()
    {
        if (!_inbox.TryDequeue(out var item))
        {
            return;
        }

        var (type, response) = item;
        var answer = new DeltaDiscoveryRequest { ResponseNonce = response.Nonce };
        if (response.Resources.Any(resource => IsBad(resource.Version)))
        {
            // Envoy names the resource at fault, others need not.
            var bad = response.Resources.First(resource => IsBad(resource.Version)).Name;
            answer.ErrorDetail = new() { Message = response.Nonce[^1] % 2 == 0 ? bad : "bad" };
            // Offered again in halves, whatever the client had before.
            AllowRepetition(type, response.Resources.Select(resource => resource.Name));
        }
        else
        {
            Take(type, response.Resources.Select(resource => (resource.Name, resource.Version)), response.RemovedResources);
        }

        _last = (type, answer.Clone());
        Request(type, answer);
    }

    protected override void AnswerAgain()
    {
        if (_last is var (type, answer))
        {
            Request(type, answer.Clone());
        }
    }

    protected override void Push() => Receive(_machine.OnSnapshot(Current));

    protected override void Tick() => Receive(_machine.OnTick());

    protected override void Tell(ResourceType type, IEnumerable<string> gained, IEnumerable<string> lost)
    {
        // A first request with nothing in it would ask for everything.
        if (_asked.Contains(type) || gained.Any())
        {
            Request(type, new() { ResourceNamesSubscribe = { gained }, ResourceNamesUnsubscribe = { lost } });
        }
    }

    protected override bool MayOutlive(ResourceType type, string name) => false;

    private void Request(ResourceType type, DeltaDiscoveryRequest request)
    {
        request.TypeUrl = type.TypeUrl();
        if (_asked.Add(type))
        {
            request.Node = new() { Id = "model" };
            request.InitialResourceVersions.Add(Held(type).ToDictionary());
        }

        Receive(_machine.OnRequest(request));
    }

    private void Receive(IEnumerable<StreamEffect> effects)
    {
        foreach (var send in effects.OfType<StreamEffect.Send>())
        {
            var response = (DeltaDiscoveryResponse)send.Response;
            AssertLegal(send.Type, response);
            _inbox.Enqueue((send.Type, response));
        }
    }

    private void AssertLegal(ResourceType type, DeltaDiscoveryResponse response)
    {
        var names = response.Resources.Select(resource => resource.Name).Concat(response.RemovedResources).ToList();
        Assert.Equal(names.Distinct(), names);
        foreach (var resource in response.Resources)
        {
            Assert.True(Covers(type, resource.Name), $"{resource.Name} was not asked for");
            Assert.True(Told(type, resource.Name) != resource.Version || MayRepeat(type, resource.Name), $"{type} {resource.Name} is held already");
        }

        ForbidRepetition(type, names);
        AllowAssignmentsOf(type == ResourceType.Cluster ? response.Resources.Select(resource => resource.Version) : []);
        AssertTargetsAreThere(type, response.Resources.Select(resource => (resource.Name, resource.Version)));
    }

    /// <summary>The version that the client was sent last, be it that it has yet to read it.</summary>
    private string? Told(ResourceType type, string name)
    {
        var newest = _inbox.LastOrDefault(item => item.Type == type && (item.Response.RemovedResources.Contains(name) || item.Response.Resources.Any(resource => resource.Name == name))).Response;
        return newest is null ? Held(type).GetValueOrDefault(name) : newest.Resources.FirstOrDefault(resource => resource.Name == name)?.Version;
    }
}
