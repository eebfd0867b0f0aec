using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Core.Injection;

/// <summary>The sidecar of a revision's pods.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/revision/resources/queue.go.</remarks>
internal static class QueueContainer
{
    public const string Name = "queue-proxy";
    private const string FullDuplex = "features.knative.dev/http-full-duplex";

    public static JsonObject Create(RevisionView revision, InjectionConfig config)
    {
        var port = revision.IsHttp2 ? Ports.BackendHttp2 : Ports.BackendHttp;
        var container = new JsonObject
        {
            ["name"] = Name,
            ["image"] = config.Deployment.QueueSidecarImage,
            ["ports"] = PortList(port, config),
            ["env"] = new JsonArray([.. Environment(revision, config, port)]),
            ["resources"] = SidecarResourceRules.Create(revision, config),
        };
        if (revision.Serving.Object("readinessProbe") is { } probe)
        {
            container["readinessProbe"] = ReadinessProbes.ForKubelet(probe, port);
        }

        container["securityContext"] = new JsonObject
        {
            ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
            ["runAsNonRoot"] = true,
            ["readOnlyRootFilesystem"] = true,
            ["allowPrivilegeEscalation"] = false,
            ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
        };
        return container;
    }

    private static JsonArray PortList(int port, InjectionConfig config)
    {
        var ports = new JsonArray(Port("http-autometric", Ports.AutoscalingMetrics), Port("http-usermetric", Ports.UserMetrics));
        if (config.Observability.RuntimeProfiling)
        {
            ports.Add((JsonNode)Port("profiling-port", Ports.Profiling));
        }

        ports.Add((JsonNode)Port("queue-port", port));
        ports.Add((JsonNode)Port("https-port", Ports.BackendHttps));
        return ports;
    }

    private static JsonObject Port(string name, int port) => new() { ["name"] = name, ["containerPort"] = port };

    // In upstream's order.
    private static IEnumerable<JsonNode> Environment(RevisionView revision, InjectionConfig config, int port)
    {
        var (deployment, probesAll) = (config.Deployment, config.Features.MultiContainerProbing == FeatureFlag.Enabled);
        yield return Literal("SERVING_NAMESPACE", revision.Namespace);
        yield return Literal("SERVING_SERVICE", revision.Labels.GetValueOrDefault(Labels.Service, ""));
        yield return Literal("SERVING_CONFIGURATION", revision.Configuration);
        yield return Literal("SERVING_REVISION", revision.Name);
        yield return Literal("QUEUE_SERVING_PORT", port);
        yield return Literal("QUEUE_SERVING_TLS_PORT", Ports.BackendHttps);
        yield return Literal("CONTAINER_CONCURRENCY", revision.Spec.Number("containerConcurrency") ?? 0);
        yield return Literal("REVISION_TIMEOUT_SECONDS", revision.Spec.Number("timeoutSeconds") ?? 0);
        yield return Literal("REVISION_RESPONSE_START_TIMEOUT_SECONDS", revision.Spec.Number("responseStartTimeoutSeconds") ?? 0);
        yield return Literal("REVISION_IDLE_TIMEOUT_SECONDS", revision.Spec.Number("idleTimeoutSeconds") ?? 0);
        yield return EnvironmentVariables.Field("SERVING_POD", "metadata.name");
        yield return EnvironmentVariables.Field("SERVING_POD_IP", "status.podIP");
        yield return Literal("SERVING_LOGGING_CONFIG", config.Logging.ZapConfig);
        yield return Literal("SERVING_LOGGING_LEVEL", config.Logging.QueueLevel);
        yield return Literal("USER_PORT", revision.UserPort);
        yield return Literal("SYSTEM_NAMESPACE", config.SystemNamespace);
        yield return Literal("SERVING_READINESS_PROBE", ReadinessProbes.Encode(revision, probesAll));
        yield return EnvironmentVariables.Field("HOST_IP", "status.hostIP", "v1");
        yield return Literal("ENABLE_HTTP2_AUTO_DETECTION", config.Features.AutoDetectHttp2 == FeatureFlag.Enabled);
        yield return Literal("ENABLE_HTTP_FULL_DUPLEX", ConfigTexts.Is(revision.Annotations.GetValueOrDefault(FullDuplex, ""), "enabled"));
        yield return Literal("ROOT_CA", deployment.RootCa);
        yield return Literal("QUEUE_PROXY_TLS_MIN_VERSION", deployment.TlsMinVersion);
        yield return Literal("QUEUE_PROXY_TLS_MAX_VERSION", deployment.TlsMaxVersion);
        yield return Literal("QUEUE_PROXY_TLS_CIPHER_SUITES", deployment.TlsCipherSuites);
        yield return Literal("QUEUE_PROXY_TLS_CURVE_PREFERENCES", deployment.TlsCurvePreferences);
        yield return Literal("ENABLE_MULTI_CONTAINER_PROBES", probesAll);
        yield return Literal("OBSERVABILITY_CONFIG", ObservabilityJson.Write(config.Observability));
    }

    private static JsonObject Literal(string name, string value) => EnvironmentVariables.Literal(name, value);

    private static JsonObject Literal(string name, long value) => EnvironmentVariables.Literal(name, value.ToString(CultureInfo.InvariantCulture));

    private static JsonObject Literal(string name, bool value) => EnvironmentVariables.Literal(name, value ? "true" : "false");
}
