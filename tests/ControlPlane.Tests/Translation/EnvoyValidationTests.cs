using System.Diagnostics;
using System.Text.Json.Nodes;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Networking;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.Testing;

namespace Knative.Xds.ControlPlane.Tests.Translation;

/// <summary>The real Envoy judges what we would send.</summary>
public sealed class EnvoyValidationTests
{
    private static readonly GatewaySettings Settings = new() { ExternalListen = "127.0.0.1:18080", LocalListen = "127.0.0.1:18081", ExternalTlsListen = "127.0.0.1:18443", LocalTlsListen = "127.0.0.1:18444" };
    private static readonly BootstrapSettings Gateway = new() { NodeId = "a \"quoted\" name", XdsHost = "127.0.0.1", XdsPort = 18000 };

    [Fact]
    public async Task Bootstrap_Rendered_IsValid()
    {
        Assert.Equal("", await ValidateAsync(Bootstrap()));
    }

    [Fact]
    public async Task Resources_OfAllGoodCases_AreValid()
    {
        var bootstrap = Bootstrap();
        var clusters = bootstrap["static_resources"]!["clusters"]!.AsArray();
        var listeners = new JsonArray([.. ListenerTranslator.Translate(Settings).Select(Golden.Json)]);
        bootstrap["static_resources"]!["listeners"] = listeners;
        foreach (var translated in GoodCases().Select((resources, i) => (resources, i)))
        {
            var prefix = $"{translated.i}:";
            foreach (var cluster in translated.resources.Clusters.Select(cluster => cluster.Clone()))
            {
                cluster.Name = prefix + cluster.Name;
                clusters.Add(Golden.Json(cluster));
            }

            foreach (var routes in translated.resources.Routes)
            {
                listeners.Add(Golden.Json(ListenerOf(prefix, routes, 20000 + listeners.Count)));
            }
        }

        Assert.Equal("", await ValidateAsync(bootstrap));
    }

    [Theory]
    [InlineData("grpc", true, "{\"code\": \"%RESPONSE_CODE%\"}")]
    [InlineData("http", false, "%RESPONSE_CODE% 100%%\n")]
    public async Task Gateway_WithEverythingTurnedOn_IsValid(string authorization, bool otlpGrpc, string template)
    {
        var config = new KourierConfig
        {
            EnableServiceAccessLogging = true,
            ServiceAccessLogTemplate = template,
            EnableProxyProtocol = true,
            CipherSuites = ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"],
            DisableEnvoyServerHeader = true,
            ListenIPAddresses = ["127.0.0.1", "::1"],
            TrustedHopsCount = 2,
            ExternalAuthorization = new ExternalAuthorization { Host = "::1", Port = 9000, Protocol = authorization == "grpc" ? AuthorizationProtocol.Grpc : AuthorizationProtocol.Http, PackAsBytes = true, PathPrefix = "/verify" },
            Tracing = new OpenTelemetryTracing { Endpoint = "http://collector:4318/v1/traces", Scheme = "http", Host = "collector", Port = 4318, Path = "/v1/traces", IsGrpc = otlpGrpc, SamplingRate = 0.5 },
        };
        var settings = KourierSettings.Apply(Settings with { ProbeListen = "127.0.0.1:18090", TlsProbeListen = "127.0.0.1:19443", MinTlsVersion = TlsVersion.Tls13 }, config, null);
        var bootstrap = Bootstrap();
        bootstrap["static_resources"]!["listeners"] = new JsonArray();
        foreach (var message in GatewayTranslator.Translate(settings).Messages)
        {
            bootstrap["static_resources"]![message is Listener ? "listeners" : "clusters"]!.AsArray().Add(Golden.Json(message));
        }

        Assert.Equal("", await ValidateAsync(bootstrap));
    }

    [Fact]
    public async Task Envoy_GivenAnInvalidRoute_SaysSo()
    {
        var bootstrap = Bootstrap();
        var twice = new RouteConfiguration { Name = "twice", VirtualHosts = { new VirtualHost { Name = "a", Domains = { "x", "x" } } } };
        bootstrap["static_resources"]!["listeners"] = new JsonArray(Golden.Json(ListenerOf("", twice, 20000)));

        Assert.Contains("Duplicate entry of domain x", await ValidateAsync(bootstrap), StringComparison.Ordinal);
    }

    private static IEnumerable<IngressResources> GoodCases() => Directory.GetDirectories(Golden.CasesFolder)
        .Order(StringComparer.Ordinal)
        .Select(folder => TranslationInput.Parse(File.ReadAllText(Path.Combine(folder, "input.yaml"))))
        .Select(input => IngressTranslator.Translate(input.Ingress, input))
        .Where(translated => translated.IsGood)
        .Select(translated => translated.Value);

    private static Listener ListenerOf(string prefix, RouteConfiguration routes, int port)
    {
        var listener = ListenerTranslator.Translate(new GatewaySettings { ExternalListen = $"127.0.0.1:{port}" })[0];
        var manager = listener.FilterChains[0].Filters[0].TypedConfig.Unpack<HttpConnectionManager>();
        manager.RouteConfig = routes;
        listener.Name = prefix + routes.Name;
        listener.FilterChains[0].Filters[0].TypedConfig = Any.Pack(manager);
        return listener;
    }

    private static JsonNode Bootstrap() => YamlJson.ParseAll(BootstrapTemplate.Render(Gateway)).Single();

    /// <summary>What Envoy has against a bootstrap; empty when it is fine.</summary>
    private static async Task<string> ValidateAsync(JsonNode bootstrap)
    {
        var envoy = RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");
        await File.WriteAllTextAsync(file, bootstrap.ToJsonString());
        try
        {
            using var process = Process.Start(new ProcessStartInfo(envoy, ["--mode", "validate", "--log-level", "error", "-c", file]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? "" : errors + await output;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
