using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Makes a <see cref="Revision"/> from the Revision itself or, where there is none, from its PodAutoscaler, which carries the most of it.</summary>
internal static class RevisionReader
{
    private const string H2C = "h2c";
    private const string FullDuplexFeature = "features.knative.dev/http-full-duplex";

    public static Revision Read(ServingRevision source, ActivatorOptions options)
    {
        var (spec, serving) = (source.Spec, source.Spec.Serving);
        return Read(source.Metadata, spec.ContainerConcurrency, serving?.Ports is [{ Name: H2C }, ..]) with
        {
            TrustsProbes = serving?.ReadinessProbe?.Exec is null && spec.Containers?.Exists(container => container.StartupProbe is not null) != true,
            Timeouts = new TimeLimits(
                spec.TimeoutSeconds is > 0 and var overall ? TimeSpan.FromSeconds(overall) : options.RequestTimeout,
                Seconds(spec.ResponseStartTimeoutSeconds, options.ResponseStartTimeout),
                Seconds(spec.IdleTimeoutSeconds, options.IdleTimeout)),
        };
    }

    public static Revision Read(PodAutoscaler source, ActivatorOptions options) =>
        Read(source.Metadata, source.Spec.ContainerConcurrency, source.Spec.ProtocolType == H2C) with
        {
            Timeouts = new TimeLimits(options.RequestTimeout, options.ResponseStartTimeout, options.IdleTimeout),
        };

    private static Revision Read(V1ObjectMeta metadata, long? concurrency, bool http2) =>
        new(new ObjectKey(metadata.NamespaceProperty ?? "", metadata.Name), (int)Math.Clamp(concurrency ?? 0, 0, int.MaxValue), http2 ? AppProtocol.H2C : AppProtocol.Http1)
        {
            Service = Value(metadata.Labels, Labels.Service),
            Configuration = Value(metadata.Labels, Labels.Configuration),
            FullDuplex = Value(metadata.Annotations, FullDuplexFeature).Equals("enabled", StringComparison.OrdinalIgnoreCase),
            Timeouts = new TimeLimits(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero),
        };

    private static TimeSpan Seconds(long? seconds, TimeSpan otherwise) => seconds is >= 0 and var given ? TimeSpan.FromSeconds(Math.Min(given, int.MaxValue)) : otherwise;

    private static string Value(IDictionary<string, string>? entries, string name) => entries?.TryGetValue(name, out var value) == true ? value : "";
}
