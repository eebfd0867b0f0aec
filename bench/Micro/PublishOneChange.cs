using BenchmarkDotNet.Attributes;
using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.Micro;

/// <summary>What one changed ingress costs among many: into the store, published, sent on one stream, acknowledged.</summary>
[InProcess, MemoryDiagnoser, WarmupCount(3), IterationCount(5)]
public class PublishOneChange
{
    private readonly ResourceStore _store = new();
    private DeltaMachine _stream = null!;
    private EncodedResource[][] _versions = [];
    private int _turn;

    /// <summary>Number of ingresses.</summary>
    [Params(1000, 10_000)]
    public int Ingresses { get; set; }

    /// <summary>Fills the store and lets a client take everything.</summary>
    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < Ingresses; i++)
        {
            Put(Encode(i, 100));
        }

        _versions = [Encode(Ingresses / 2, 0), Encode(Ingresses / 2, 100)];
        _stream = new DeltaMachine(StreamPolicy.Default, _store.Publish());
        foreach (var type in ResourceTypes.All)
        {
            var names = type.IsCollection() ? [] : _store.Current[type].Names;
            Answer(_stream.OnRequest(new DeltaDiscoveryRequest { Node = new() { Id = "node" }, TypeUrl = type.TypeUrl(), ResourceNamesSubscribe = { names } }));
        }
    }

    /// <summary>Weights that turn round.</summary>
    /// <returns>Responses sent.</returns>
    [Benchmark]
    public int Change()
    {
        Put(_versions[_turn++ % 2]);
        return Answer(_stream.OnSnapshot(_store.Publish()));
    }

    private static EncodedResource[] Encode(int ingress, int percent)
    {
        var resources = IngressTranslator.Translate(SampleIngress.Make(ingress, percent), new SampleIngress()).Value;
        return [.. resources.Clusters.Select(EncodedResource.Of), .. resources.Scopes.Select(EncodedResource.Of), .. resources.Routes.Select(EncodedResource.Of)];
    }

    private void Put(EncodedResource[] resources) => Array.ForEach(resources, resource => _store.Set(resource));

    private int Answer(IEnumerable<StreamEffect> effects)
    {
        var sent = 0;
        for (var waiting = new Queue<StreamEffect>(effects); waiting.TryDequeue(out var effect);)
        {
            if (effect is StreamEffect.Send { Response: DeltaDiscoveryResponse response })
            {
                sent++;
                foreach (var next in _stream.OnRequest(new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce }))
                {
                    waiting.Enqueue(next);
                }
            }
        }

        return sent;
    }
}
