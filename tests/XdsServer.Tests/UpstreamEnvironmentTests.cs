namespace Knative.Xds.XdsServer.Tests;

/// <summary>The environment of net-kourier's controller.</summary>
public sealed class UpstreamEnvironmentTests
{
    [Fact]
    public void Apply_NothingSet_ChangesNothing()
    {
        var options = Applied([]);

        Assert.Equal(("knative-serving", "kourier-system", "cluster.local", false, TimeSpan.FromSeconds(30)), (options.SystemNamespace, options.GatewayNamespace, options.ClusterDomain, options.DisableHttpOption, options.ProbeMaxRetryDelay));
        Assert.Empty(options.KourierDefaults);
        Assert.Empty(options.KourierOverrides);
    }

    [Fact]
    public void Apply_EveryVariable_IsTaken()
    {
        var options = Applied(new()
        {
            ["SYSTEM_NAMESPACE"] = "system",
            ["KOURIER_GATEWAY_NAMESPACE"] = "gateways",
            ["CLUSTER_DOMAIN"] = "example.local",
            ["KOURIER_HTTPOPTION_DISABLED"] = "",
            ["PROBE_MAX_RETRY_DELAY_SECONDS"] = "7",
            ["CERTS_SECRET_NAME"] = "wildcard",
            ["CERTS_SECRET_NAMESPACE"] = "certs",
            ["KOURIER_EXTAUTHZ_HOST"] = "authz:9000",
            ["KOURIER_EXTAUTHZ_FAILUREMODEALLOW"] = "true",
        });

        Assert.Equal(("system", "gateways", "example.local", true, TimeSpan.FromSeconds(7)), (options.SystemNamespace, options.GatewayNamespace, options.ClusterDomain, options.DisableHttpOption, options.ProbeMaxRetryDelay));
        Assert.Equal(new Dictionary<string, string> { ["certs-secret-name"] = "wildcard", ["certs-secret-namespace"] = "certs" }, options.KourierDefaults);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["extauthz-host"] = "authz:9000",
                ["extauthz-protocol"] = "grpc",
                ["extauthz-failure-mode-allow"] = "true",
                ["extauthz-max-request-body-bytes"] = "8192",
                ["extauthz-timeout"] = "2000",
                ["extauthz-path-prefix"] = "",
                ["extauthz-pack-as-bytes"] = "false",
            },
            options.KourierOverrides);
    }

    [Theory]
    [InlineData("KOURIER_EXTAUTHZ_HOST", "nowhere", "KOURIER_EXTAUTHZ_HOST: ")]
    [InlineData("KOURIER_EXTAUTHZ_PROTOCOL", "smoke", "KOURIER_EXTAUTHZ_PROTOCOL: ")]
    [InlineData("KOURIER_EXTAUTHZ_TIMEOUT", "soon", "KOURIER_EXTAUTHZ_TIMEOUT: ")]
    [InlineData("PROBE_MAX_RETRY_DELAY_SECONDS", "0", "PROBE_MAX_RETRY_DELAY_SECONDS: ")]
    public void Apply_MalformedVariable_IsNamed(string variable, string value, string message)
    {
        var failure = Assert.Throws<FormatException>(() => Applied(new(StringComparer.Ordinal) { ["KOURIER_EXTAUTHZ_HOST"] = "authz:9000", [variable] = value }));

        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
    }

    private static XdsServerOptions Applied(Dictionary<string, string> variables)
    {
        var options = new XdsServerOptions();
        UpstreamEnvironment.Apply(options, variables.GetValueOrDefault);
        return options;
    }
}
