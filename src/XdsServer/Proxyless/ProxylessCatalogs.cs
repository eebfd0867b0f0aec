using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Projections;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Watching;

namespace Knative.Xds.XdsServer.Proxyless;

/// <summary>The catalogs of all fleets, kept up with what their gateways have.</summary>
internal sealed class ProxylessCatalogs : BackgroundService
{
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly FrozenDictionary<string, ProxylessCatalog> _byFleet;
    private readonly ClusterInformers _informers;
    private readonly XdsMetrics _metrics;
    private readonly ILogger _logger;

    public ProxylessCatalogs(FleetDirectory fleets, ClusterInformers informers, XdsMetrics metrics, ILogger<ProxylessCatalogs> logger)
    {
        (_informers, _metrics, _logger) = (informers, metrics, logger);
        _byFleet = fleets.All.ToFrozenDictionary(fleet => fleet.Name, CatalogOf, StringComparer.Ordinal);
        var services = fleets.All.Select(ServiceOf).ToHashSet();
        informers.Slices.OnChange(change =>
        {
            if (new[] { change.Old, change.New }.Any(slice => slice is not null && ServiceEndpointsProjection.ServiceOf(slice) is { } service && services.Contains(service)))
            {
                Notice();
            }
        });
    }

    /// <summary>The catalog of a fleet.</summary>
    public ProxylessCatalog this[Fleet fleet] => _byFleet[fleet.Name];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _news.Reader.WaitToReadAsync(stoppingToken))
            {
                _news.Reader.TryRead(out _);
                foreach (var catalog in _byFleet.Values.Where(catalog => catalog.Count > 0))
                {
                    catalog.Refresh();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void Notice() => _news.Writer.TryWrite(true);

    private ProxylessCatalog CatalogOf(Fleet fleet)
    {
        fleet.Streams.Published += Notice;
        var service = ServiceOf(fleet);
        return new(fleet.Streams, () => AddressesOf(service), NoteFault);
    }

    private void NoteFault(string host, Exception fault)
    {
        _metrics.Failed(XdsMetrics.Faulty.ClientHost);
        XdsLog.ClientHostFailed(_logger, host, fault);
    }

    /// <summary>The Service of the gateways' local listener: the one that statuses name.</summary>
    private static ObjectKey ServiceOf(Fleet fleet) => fleet.Options.PrivateAddress.Split('.') is [var name, var ns, ..] ? new(ns, name) : new("", "");

    private ImmutableArray<IPEndPoint> AddressesOf(ObjectKey service) =>
    [
        .. ServiceEndpointsProjection.Join(service, _informers.Slices.Store.ByIndex(ClusterInformers.ByService, service.ToString())).Endpoints
            .Where(endpoint => endpoint.Ready && !endpoint.Terminating)
            .Select(AddressOf)
            .OfType<IPEndPoint>(),
    ];

    private static IPEndPoint? AddressOf(ServiceEndpoint endpoint)
    {
        var port = endpoint.Ports.GetValueOrDefault(Ports.NameHttp2, endpoint.Ports.GetValueOrDefault(Ports.NameHttp, endpoint.Ports.Values.FirstOrDefault()));
        return port > 0 && IPAddress.TryParse(endpoint.Address, out var address) ? new(address, port) : null;
    }
}
