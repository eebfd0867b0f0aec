using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Micro;

/// <summary>What it costs to turn one ingress into resources as they are sent.</summary>
[InProcess, MemoryDiagnoser, WarmupCount(3), IterationCount(5)]
public class TranslateOneIngress
{
    private readonly SampleIngress _services = new();
    private readonly Ingress _ingress = SampleIngress.Make(1, 90);

    /// <summary>Translation alone.</summary>
    [Benchmark]
    public IngressResources Translate() => IngressTranslator.Translate(_ingress, _services).Value;

    /// <summary>Translation, serialisation and hashing.</summary>
    [Benchmark]
    public ImmutableArray<EncodedResource> TranslateAndEncode()
    {
        var resources = Translate();
        return [.. resources.Clusters.Select(EncodedResource.Of), .. resources.Scopes.Select(EncodedResource.Of), .. resources.Routes.Select(EncodedResource.Of)];
    }
}
