using System.Net;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Probing;

namespace Knative.Xds.XdsServer.Tests.Probing;

/// <summary>Upstream's rules of probing.</summary>
public sealed class ProbeRulesTests
{
    private static readonly IPAddress Gateway = IPAddress.Parse("10.0.0.1");

    [Theory]
    [InlineData(200, "hash", true)]
    [InlineData(200, "", true)]
    [InlineData(200, "other", false)]
    [InlineData(404, "hash", false)]
    [InlineData(503, "hash", false)]
    [InlineData(301, "", true)]
    [InlineData(401, "", true)]
    [InlineData(500, "other", true)]
    public void IsProof_Answer_IsJudgedAsUpstreamDoes(int code, string hash, bool proof) => Assert.Equal(proof, ProbeRules.IsProof(code, hash, "hash"));

    [Fact]
    public void Targets_EachHost_IsAskedWhereItIsServed()
    {
        var ingress = Ingress(
            new IngressRule(["a.example.com", "b.example.com", "*.c.example.com"], IngressVisibility.ExternalIP, []),
            new IngressRule(["a.ns", "b.ns"], IngressVisibility.ClusterLocal, []));
        var fleet = new FleetOptions { ExternalTlsListen = "0.0.0.0:8443", LocalTlsListen = "0.0.0.0:8444", ProbeListen = "0.0.0.0:8090", TlsProbeListen = "0.0.0.0:9443" };

        var targets = ProbeTargets.Of(ingress, fleet, [Gateway], host => host.StartsWith("a.", StringComparison.Ordinal));

        Assert.Equal(
            [
                "https://a.example.com/healthz at 10.0.0.1:9443",
                "http://b.example.com/healthz at 10.0.0.1:8090",
                "http://kxds-probe.c.example.com/healthz at 10.0.0.1:8090",
                "https://a.ns/healthz at 10.0.0.1:8444",
                "http://b.ns/healthz at 10.0.0.1:8081",
            ],
            targets.Select(target => $"{target.Url} at {target.Gateway}"));
    }

    [Fact]
    public void Targets_WithoutListenersForProbes_AreThoseOfClients()
    {
        var ingress = Ingress(new IngressRule(["a.example.com"], IngressVisibility.ExternalIP, []));

        var target = Assert.Single(ProbeTargets.Of(ingress, new FleetOptions(), [Gateway], _ => true));

        Assert.Equal(("http://a.example.com/healthz", 8080), ($"{target.Url}", target.Gateway.Port));
    }

    [Theory]
    [InlineData("system/gateways", "", "system/gateways")]
    [InlineData(null, "kourier-internal.kourier-system.svc.cluster.local", "kourier-system/kourier-internal")]
    [InlineData(null, "", null)]
    public void ServiceOf_Fleet_IsTheGivenOneOrTheLocalOne(string? given, string address, string? service) =>
        Assert.Equal(service, ProbeTargets.ServiceOf(new FleetOptions { ProbeService = given, PrivateAddress = address })?.ToString());

    private static Ingress Ingress(params IngressRule[] rules) => new() { Key = new("ns", "i"), Hash = "hash", Rules = [.. rules] };
}
