using System.Collections.Immutable;
using System.Globalization;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Reporting;

/// <summary>Where the autoscaler takes reports.</summary>
/// <remarks>Shape: the option if set, else one of the ready endpoints of the Service, the next one after each failure, else its DNS name. Threading: safe.</remarks>
internal sealed class AutoscalerAddress(ActivatorOptions options)
{
    private volatile string[] _endpoints = [];
    private int _turn = Random.Shared.Next(ushort.MaxValue);

    /// <summary>The address to use now.</summary>
    public Uri Current => new(options.AutoscalerUrl ?? Endpoint(_endpoints) ?? $"ws://{SystemNames.AutoscalerService}.{options.SystemNamespace}.svc.{options.ClusterDomain}:{Ports.AutoscalerStats}");

    /// <summary>Takes over the endpoints of the autoscaler's Service.</summary>
    public void Set(ImmutableArray<ServiceEndpoint> endpoints) =>
        _endpoints = [.. endpoints.Where(endpoint => endpoint.Ready && !endpoint.Terminating).Select(Url)];

    /// <summary>Turns to the next endpoint.</summary>
    public void Rotate() => Interlocked.Increment(ref _turn);

    // Replicas start at different ones, so that the autoscalers share them.
    private string? Endpoint(string[] endpoints) => endpoints.Length == 0 ? null : endpoints[(uint)Volatile.Read(ref _turn) % endpoints.Length];

    private static string Url(ServiceEndpoint endpoint)
    {
        var host = endpoint.Address.Contains(':', StringComparison.Ordinal) ? $"[{endpoint.Address}]" : endpoint.Address;
        var port = endpoint.Ports.GetValueOrDefault(Ports.NameHttp, Ports.AutoscalerStats);
        return string.Create(CultureInfo.InvariantCulture, $"ws://{host}:{port}");
    }
}
