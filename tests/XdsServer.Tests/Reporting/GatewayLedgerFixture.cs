using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Tests.Reporting;

/// <summary>A ledger, and a scope with routes that gateways are asked about.</summary>
public abstract class GatewayLedgerFixture
{
    private protected static readonly EncodedResource Routes = EncodedResource.Of(new RouteConfiguration { Name = "r" });
    private protected static readonly EncodedResource Scope = EncodedResource.Of(new ScopedRouteConfiguration { Name = "s", RouteConfigurationName = "r" });
    private protected static readonly EncodedResource Cluster = EncodedResource.Of(new Envoy.Config.Cluster.V3.Cluster { Name = "c" });
    private protected static readonly EncodedResource Endpoints = EncodedResource.Of(new Envoy.Config.Endpoint.V3.ClusterLoadAssignment { ClusterName = "c" });

    private protected GatewayLedger Ledger { get; } = new();

    private protected void Refuse(long stream, EncodedResource resource, string words) =>
        Ledger.Apply(new StreamEvent.Nacked(stream, resource.Type, [new(resource.Name, resource.Version)], words));

    private protected static ResourceId IdOf(EncodedResource resource) => new(resource.Type, resource.Name);

    private protected GatewayState Judge() => Ledger.Judge([Scope, Routes]).State;

    private protected GatewayState JudgeWithEndpoints() => Ledger.Judge([Scope, Routes, Cluster, Endpoints]).State;

    private protected IEnumerable<ResourceId>? TakeEndpoints(long stream, string version, string before = "") =>
        Ledger.Apply(new StreamEvent.Acked(stream, ResourceType.ClusterLoadAssignment, [new(Endpoints.Name, version, before)]));

    private protected void Connect(long stream)
    {
        Ledger.Apply(new StreamEvent.Opened(stream));
        Ledger.Apply(new StreamEvent.Subscribed(stream, ResourceType.ScopedRouteConfiguration));
    }

    private protected void Ack(long stream, params EncodedResource[] resources)
    {
        foreach (var resource in resources)
        {
            Ledger.Apply(new StreamEvent.Acked(stream, resource.Type, [new(resource.Name, resource.Version)]));
        }
    }
}
