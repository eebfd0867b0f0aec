using System.Collections.Immutable;
using Envoy.Config.Cluster.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Extensions.Upstreams.Http.V3;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.ControlPlane.Tests.Translation;

/// <summary>How gateways speak to backends, beyond what a port says of itself.</summary>
public sealed class BackendModeTests
{
    private static readonly TranslationSettings Secured = new() { SecuresBackends = true };

    [Theory]
    [InlineData("true", "ns/svc/80/http1", UpstreamOptionsCase.Http1)]
    [InlineData("TRUE", "ns/svc/80/http1", UpstreamOptionsCase.Http1)]
    [InlineData("false", "ns/svc/80", UpstreamOptionsCase.Http2)]
    [InlineData("yes", "ns/svc/80", UpstreamOptionsCase.Http2)]
    public void Translate_DisableHttp2OnAnHttp2Port_IsAClusterOfItsOwn(string annotation, string cluster, UpstreamOptionsCase protocol)
    {
        var translated = Translate(Ingress(new IngressPath { Splits = [Split] }) with { Annotations = ImmutableSortedDictionary<string, string>.Empty.Add(Labels.DisableHttp2, annotation) }, "http2");

        var found = Assert.Single(translated.Value.Clusters);
        Assert.Equal((cluster, protocol), (found.Name, ProtocolOf(found)));
        Assert.Equal([cluster], ClustersOf(translated.Value));
        Assert.Equal([cluster], translated.Value.Backends.Select(backend => backend.ClusterName));
    }

    [Fact]
    public void Translate_DisableHttp2OnAnHttp1Port_ChangesNothing()
    {
        var ingress = Ingress(new IngressPath { Splits = [Split] });

        Assert.Equal(
            Translate(ingress, "http").Value.Clusters,
            Translate(ingress with { Annotations = ImmutableSortedDictionary<string, string>.Empty.Add(Labels.DisableHttp2, "true") }, "http").Value.Clusters);
    }

    [Theory]
    [InlineData("https", "", "")]
    [InlineData("http2", "h2", "")]
    [InlineData("http2", "", "/http1")]
    public void Translate_SystemInternalTls_ChecksTheNamesOfActivatorAndQueueProxy(string port, string protocol, string suffix)
    {
        var annotations = ImmutableSortedDictionary<string, string>.Empty;
        var ingress = Ingress(new IngressPath { Splits = [Split] }) with { Annotations = suffix.Length > 0 ? annotations.Add(Labels.DisableHttp2, "true") : annotations };

        var cluster = Assert.Single(Translate(ingress, port, Secured).Value.Clusters);

        Assert.Equal("ns/svc/80/tls" + suffix, cluster.Name);
        var tls = cluster.TransportSocket.TypedConfig.Unpack<UpstreamTlsContext>();
        Assert.Equal("", tls.Sni);
        Assert.Equal(protocol, string.Join(' ', tls.CommonTlsContext.AlpnProtocols));
        Assert.Equal((TlsParameters.Types.TlsProtocol.Tlsv13, TlsParameters.Types.TlsProtocol.Tlsv13), (tls.CommonTlsContext.TlsParams.TlsMinimumProtocolVersion, tls.CommonTlsContext.TlsParams.TlsMaximumProtocolVersion));
        var validation = tls.CommonTlsContext.CombinedValidationContext;
        Assert.Equal(["kn-routing", "kn-user-ns"], validation.DefaultValidationContext.MatchTypedSubjectAltNames.Select(name => name.Matcher.Exact));
        Assert.Equal(GatewayNames.Authorities, validation.ValidationContextSdsSecretConfig.Name);
    }

    [Fact]
    public void Translate_SystemInternalTls_NotToAnotherGatewayNorToASolverOfChallenges()
    {
        var translated = Translate(
            Ingress(
                new IngressPath { Path = "/rewritten", RewriteHost = "other.example.com", Splits = [Split] },
                new IngressPath { Path = "/.well-known/acme-challenge/x", Splits = [Split] },
                new IngressPath { Splits = [Split] }),
            "http",
            Secured);

        Assert.Equal(["ns/svc/80", "ns/svc/80/tls"], translated.Value.Clusters.Select(cluster => cluster.Name));
        Assert.Equal([null, "envoy.transport_sockets.tls"], translated.Value.Clusters.Select(cluster => cluster.TransportSocket?.Name));
        Assert.Equal(["ns/svc/80", "ns/svc/80", "ns/svc/80/tls"], ClustersOf(translated.Value));
    }

    [Fact]
    public void Translate_SystemInternalTlsToAnExternalName_IsInClear()
    {
        var translated = IngressTranslator.Translate(Ingress(new IngressPath { Splits = [Split] }), new OneService("http", "elsewhere.example.com"), Secured);

        Assert.Equal(["ns/svc/80"], translated.Value.Clusters.Select(cluster => cluster.Name));
    }

    [Fact]
    public void Translate_SystemInternalTlsWithoutAuthorities_IsAProblemWhereTheyAreNeeded()
    {
        var settings = Secured with { SecuringFault = "nobody is trusted" };

        var problem = Assert.Single(Translate(Ingress(new IngressPath { Splits = [Split] }), "http", settings).Problems);

        Assert.Equal(("AuthoritiesMissing", "system-internal-tls of config-network is enabled, but nobody is trusted."), (problem.Reason, problem.Message));
        Assert.Empty(Translate(Ingress(new IngressPath { RewriteHost = "other.example.com", Splits = [Split] }), "http", settings).Problems);
    }

    [Fact]
    public void Gateway_Authorities_AreASecretOfTheirOwn()
    {
        var secret = GatewayTranslator.Translate(new GatewaySettings { Authorities = "PEM" }).Messages.OfType<Secret>().Single();

        Assert.Equal((GatewayNames.Authorities, "PEM"), (secret.Name, secret.ValidationContext.TrustedCa.InlineString));
    }

    /// <summary>What is spoken to a cluster.</summary>
    public enum UpstreamOptionsCase
    {
        /// <summary>HTTP/1.1.</summary>
        Http1,
        /// <summary>HTTP/2.</summary>
        Http2,
    }

    private static IngressSplit Split => new() { Service = new("ns", "svc"), Port = ServicePortRef.Of(80), Percent = 100 };

    private static Ingress Ingress(params IngressPath[] paths) => new() { Key = new("ns", "i"), Rules = [new(["a.example.com"], IngressVisibility.ExternalIP, [.. paths])] };

    private static Translated<IngressResources> Translate(Ingress ingress, string port, TranslationSettings? settings = null) => IngressTranslator.Translate(ingress, new OneService(port, null), settings);

    private static IEnumerable<string> ClustersOf(IngressResources resources) =>
        resources.Routes[0].VirtualHosts[0].Routes.SelectMany(route => route.Route_.WeightedClusters.Clusters).Select(cluster => cluster.Name);

    private static UpstreamOptionsCase ProtocolOf(Cluster cluster) =>
        cluster.TypedExtensionProtocolOptions.Values.Single().Unpack<HttpProtocolOptions>().ExplicitHttpConfig.Http2ProtocolOptions is null ? UpstreamOptionsCase.Http1 : UpstreamOptionsCase.Http2;

    private sealed class OneService(string port, string? externalName) : IBackendLookup
    {
        public BackendService? FindService(ObjectKey key) => new() { Key = key, ExternalName = externalName, Ports = [new BackendServicePort(port, 80, ServicePortRef.Of(8012), null)] };

        public CertificateReading FindCertificate(ObjectKey secret) => default;
    }
}
