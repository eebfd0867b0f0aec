using System.Collections.Immutable;
using System.Globalization;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Reporting;

/// <summary>Where the autoscaler takes reports.</summary>
/// <remarks>Shape: the option if set, else a ready endpoint of the Service, else its DNS name. Threading: safe.</remarks>
internal sealed class AutoscalerAddress(ActivatorOptions options)
{
    private volatile string? _endpoint;

    public Uri Current => new(options.AutoscalerUrl ?? _endpoint ?? $"ws://{SystemNames.AutoscalerService}.{options.SystemNamespace}.svc.{options.ClusterDomain}:{Ports.AutoscalerStats}");

    /// <summary>Takes over the endpoints of the autoscaler's Service.</summary>
    public void Set(ImmutableArray<ServiceEndpoint> endpoints)
    {
        var first = endpoints.FirstOrDefault(endpoint => endpoint.Ready && !endpoint.Terminating);
        _endpoint = first is null ? null : Url(first);
    }

    private static string Url(ServiceEndpoint endpoint)
    {
        var host = endpoint.Address.Contains(':', StringComparison.Ordinal) ? $"[{endpoint.Address}]" : endpoint.Address;
        var port = endpoint.Ports.GetValueOrDefault(Ports.NameHttp, Ports.AutoscalerStats);
        return string.Create(CultureInfo.InvariantCulture, $"ws://{host}:{port}");
    }
}
