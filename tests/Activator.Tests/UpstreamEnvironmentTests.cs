using Knative.Xds.Activation;

namespace Knative.Xds.Activator.Tests;

public sealed class UpstreamEnvironmentTests
{
    private readonly ActivatorOptions _options = new();

    [Fact]
    public void Apply_VariablesOfUpstreamsDeployment_AreUnderstood()
    {
        Apply(new()
        {
            ["POD_NAME"] = "activator-abc",
            ["POD_IP"] = "10.0.0.7",
            ["SYSTEM_NAMESPACE"] = "system",
            ["CONFIG_OBSERVABILITY_NAME"] = "observe",
            ["PROBE_TIMEOUT"] = "1.5s",
            ["PROBE_FREQUENCY"] = "1m30s",
            ["METRICS_PROMETHEUS_PORT"] = "9999",
            ["ACTIVATOR_TLS_MIN_VERSION"] = "1.2",
            ["KUBERNETES_SERVICE_HOST"] = "10.96.0.1",
            ["MAX_IDLE_PROXY_CONNS"] = "0",
            ["MAX_IDLE_PROXY_CONNS_PER_HOST"] = "7",
        });

        Assert.Equal(
            ("activator-abc", "10.0.0.7", "system", "observe", TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(90)),
            (_options.PodName, _options.PodIp, _options.SystemNamespace, _options.ObservabilityConfigMap, _options.ProbeTimeout, _options.ProbeFrequency));
        Assert.Equal(("0.0.0.0:9999", "1.2", "0.0.0.0:8112"), (_options.AdminListen, _options.TlsMinVersion, _options.ListenTls));
        Assert.Equal((int.MaxValue, 7), (_options.MaxIdleConnections, _options.MaxIdleConnectionsPerPod));
    }

    [Theory]
    [InlineData("search default.svc.example.org svc.example.org. example.org\nnameserver 10.96.0.10", "example.org")]
    [InlineData("nameserver 10.96.0.10", "cluster.local")]
    [InlineData("", "cluster.local")]
    public void Apply_NoClusterDomain_TakesTheResolvers(string resolver, string domain)
    {
        Apply([], resolver);

        Assert.Equal(domain, _options.ClusterDomain);
    }

    [Fact]
    public void Apply_ClusterDomain_Wins()
    {
        Apply(new() { ["CLUSTER_DOMAIN"] = "given.local" }, "search svc.example.org");

        Assert.Equal("given.local", _options.ClusterDomain);
    }

    [Theory]
    [InlineData("PROBE_TIMEOUT", "soon", "PROBE_TIMEOUT: \"soon\" is not a duration such as 200ms or 5s")]
    [InlineData("POD_IP", "here", "POD_IP: \"here\" is not an IP address")]
    [InlineData("POD_IP", "", "POD_IP: \"\" is not an IP address")]
    [InlineData("SYSTEM_NAMESPACE", "", "SYSTEM_NAMESPACE is empty")]
    [InlineData("MAX_IDLE_PROXY_CONNS", "-1", "MAX_IDLE_PROXY_CONNS: \"-1\" is not a number of connections")]
    public void Apply_Malformed_NamesTheVariable(string name, string value, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => Apply(new() { [name] = value })).Message);

    [Fact]
    public void Apply_OutsideACluster_HasNoTlsPort()
    {
        Apply([]);

        Assert.Null(_options.ListenTls);
    }

    private void Apply(Dictionary<string, string> variables, string resolver = "") => UpstreamEnvironment.Apply(_options, variables.GetValueOrDefault, () => resolver);
}
