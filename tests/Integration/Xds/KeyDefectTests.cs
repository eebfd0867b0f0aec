using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.Integration.Xds;

/// <summary>Who is given private keys.</summary>
public sealed class KeyDefectTests
{
    private const string Host = "keys.example.com";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Defect(23)]
    public async Task Defect23_KeysOfAFleetsIngresses_GoToItsOwnVerifiedGatewaysAlone()
    {
        using var authority = TestAuthority.Create();
        using var folder = new TlsFolder();
        folder.Write(authority, authority.RootPem, TlsFolder.ServerName);
        await using var stack = await XdsStack.StartAsync(options =>
        {
            folder.Configure(options);
            options.Fleets.Add(new FleetOptions { Name = "own", IngressClasses = [Labels.XdsIngressClass] });
            options.Fleets.Add(new FleetOptions { Name = "other", IngressClasses = ["other"] });
        });
        var certificate = TestCertificate.For(Host);
        await stack.SecretAsync("keys", certificate);
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("keys", new KIngressSpec { Rules = [XdsStack.Rule("svc", "ExternalIP", Host)], Tls = [new KIngressTls { Hosts = [Host], SecretName = "keys", SecretNamespace = XdsStack.Namespace }] });
        await stack.ConditionAsync("keys", "Ready", "Unknown", "Uninitialized");

        var own = await SecretAsync(stack, authority, "own");
        var other = await SecretAsync(stack, authority, "other");

        Assert.Contains(certificate.PrivateKey, own.Resources.Single().Resource_.Value.ToStringUtf8(), StringComparison.Ordinal);
        Assert.Empty(other.Resources);
        Assert.Equal([Host], other.RemovedResources);
    }

    private static async Task<DeltaDiscoveryResponse> SecretAsync(XdsStack stack, TestAuthority authority, string fleet)
    {
        using var channel = TlsFolder.Channel(stack.XdsPort, authority, authority.Issue([$"{fleet}.kxds.kxds-gateway"]));
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);
        var node = new Node { Id = fleet, Cluster = "kxds", Metadata = new Struct { Fields = { ["kxds.fleet"] = Value.ForString(fleet) } } };
        await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { Node = node, TypeUrl = ResourceType.Secret.TypeUrl(), ResourceNamesSubscribe = { Host } }, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel));
        return call.ResponseStream.Current;
    }
}
