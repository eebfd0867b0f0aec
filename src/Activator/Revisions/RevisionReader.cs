using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Makes a <see cref="Revision"/> from its PodAutoscaler, which carries what matters here.</summary>
internal static class RevisionReader
{
    private const string H2C = "h2c";

    public static Revision Read(PodAutoscaler source, ActivatorOptions options)
    {
        var labels = source.Metadata.Labels;
        var key = new ObjectKey(source.Metadata.NamespaceProperty, source.Metadata.Name);
        var concurrency = (int)Math.Clamp(source.Spec.ContainerConcurrency ?? 0, 0, int.MaxValue);
        return new Revision(key, concurrency, source.Spec.ProtocolType == H2C ? AppProtocol.H2C : AppProtocol.Http1)
        {
            Service = labels?.TryGetValue(Labels.Service, out var service) == true ? service : "",
            Configuration = labels?.TryGetValue(Labels.Configuration, out var configuration) == true ? configuration : "",
            Timeouts = new RequestTimeouts(options.RequestTimeout, options.ResponseStartTimeout, options.IdleTimeout),
        };
    }
}
