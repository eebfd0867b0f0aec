using System.Globalization;
using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.Sandbox.Tests.Gateway;

/// <summary>One client of a <see cref="FakeXds"/>.</summary>
internal sealed class FakeXdsStream(IServerStreamWriter<DeltaDiscoveryResponse> responses, CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly SortedDictionary<ResourceType, HashSet<string>> _subscribed = [];
    private readonly Dictionary<ResourceType, HashSet<string>> _sent = [];
    private int _nonce;

    public CancellationToken Ended => _ending.Token;

    public void End() => _ending.Cancel();

    public void Dispose()
    {
        _ending.Dispose();
        _writing.Dispose();
    }

    public async Task AnswerAsync(DeltaDiscoveryRequest request, Dictionary<(ResourceType, string), Resource> resources)
    {
        if (!ResourceTypes.TryParse(request.TypeUrl, out var type))
        {
            return;
        }

        await _writing.WaitAsync(cancellationToken);
        try
        {
            var isFirst = _subscribed.TryAdd(type, []);
            _subscribed[type].UnionWith(request.ResourceNamesSubscribe);
            _subscribed[type].ExceptWith(request.ResourceNamesUnsubscribe);
            if (isFirst || request.ResourceNamesSubscribe.Count > 0)
            {
                await SendAsync(type, resources);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    public async Task PushAllAsync(Dictionary<(ResourceType, string), Resource> resources)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            foreach (var type in _subscribed.Keys)
            {
                await SendAsync(type, resources);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    private Task SendAsync(ResourceType type, Dictionary<(ResourceType, string), Resource> resources)
    {
        var names = type.IsCollection() ? resources.Keys.Where(key => key.Item1 == type).Select(key => key.Item2).ToHashSet() : _subscribed[type];
        var found = names.Where(name => resources.ContainsKey((type, name))).ToHashSet();
        var response = new DeltaDiscoveryResponse { TypeUrl = type.TypeUrl(), Nonce = (++_nonce).ToString(CultureInfo.InvariantCulture) };
        response.Resources.Add(found.Select(name => resources[(type, name)]));
        response.RemovedResources.Add(_sent.GetValueOrDefault(type, []).Except(found).Concat(names.Except(found)).Distinct());
        _sent[type] = found;
        return responses.WriteAsync(response, cancellationToken);
    }
}
