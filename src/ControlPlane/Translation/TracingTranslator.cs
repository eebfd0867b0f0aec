using Envoy.Config.Core.V3;
using Envoy.Config.Trace.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Type.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.Core.Networking;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>OpenTelemetry tracing in Envoy's form.</summary>
/// <remarks>Source of time limits and sampling: knative-extensions/net-kourier pkg/reconciler/ingress/config/tracing.go.</remarks>
internal static class TracingTranslator
{
    private const double WholeTraffic = 100;
    private static readonly TimeSpan GrpcTimeout = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan HttpTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The tracing of a listener; null for none.</summary>
    public static HttpConnectionManager.Types.Tracing? Of(OpenTelemetryTracing? tracing) => tracing is null ? null : new()
    {
        OverallSampling = new Percent { Value = tracing.SamplingRate * WholeTraffic },
        Provider = new Tracing.Types.Http { Name = "envoy.tracers.opentelemetry", TypedConfig = Any.Pack(Provider(tracing)) },
    };

    private static OpenTelemetryConfig Provider(OpenTelemetryTracing tracing)
    {
        var provider = new OpenTelemetryConfig { ServiceName = tracing.ServiceName };
        if (tracing.IsGrpc)
        {
            provider.GrpcService = new GrpcService
            {
                EnvoyGrpc = new GrpcService.Types.EnvoyGrpc { ClusterName = ServiceClusters.Tracing },
                Timeout = Duration.FromTimeSpan(GrpcTimeout),
            };
        }
        else
        {
            provider.HttpService = new HttpService
            {
                HttpUri = new HttpUri { Uri = tracing.Endpoint, Cluster = ServiceClusters.Tracing, Timeout = Duration.FromTimeSpan(HttpTimeout) },
            };
        }

        return provider;
    }
}
