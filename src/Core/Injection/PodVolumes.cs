using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;

namespace Knative.Xds.Core.Injection;

/// <summary>Volumes that the cluster's settings add to a revision's pods, and where they are mounted.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/revision/resources/deploy.go.</remarks>
internal static class PodVolumes
{
    private const string PodInfoFeature = "features.knative.dev/queueproxy-podinfo";
    private const string CertificateSecret = "serving-certs";
    private const int TokenSeconds = 3600;

    /// <summary>Adds what the sidecar reads: the pod's annotations, tokens, certificates.</summary>
    public static void AddForQueue(JsonObject pod, JsonObject queue, RevisionView revision, InjectionConfig config)
    {
        if (WantsPodInfo(revision, config))
        {
            Add(pod, queue, PodInfo(), Mount("pod-info", "/etc/podinfo", isReadOnly: true));
        }

        var tokens = config.Deployment.TokenAudiences.Where(audience => audience.Length > 0).Select(Token).ToArray();
        if (tokens.Length > 0)
        {
            var volume = new JsonObject { ["name"] = "knative-token-volume", ["projected"] = new JsonObject { ["sources"] = new JsonArray(tokens) } };
            Add(pod, queue, volume, Mount("knative-token-volume", "/var/run/secrets/tokens", isReadOnly: false));
        }

        if (config.SystemInternalTls)
        {
            var volume = new JsonObject { ["name"] = "server-certs", ["secret"] = new JsonObject { ["secretName"] = CertificateSecret } };
            Add(pod, queue, volume, Mount("server-certs", "/var/lib/knative/certs", isReadOnly: true));
        }
    }

    /// <summary>Adds a volume that keeps the user containers' /var/log.</summary>
    public static void AddForLogs(JsonObject pod, IEnumerable<JsonObject> users)
    {
        List(pod, "volumes").Add((JsonNode)new JsonObject { ["name"] = "knative-var-log", ["emptyDir"] = new JsonObject() });
        foreach (var container in users)
        {
            var mount = Mount("knative-var-log", "/var/log", isReadOnly: false);
            mount["subPathExpr"] = $"$(K_INTERNAL_POD_NAMESPACE)_$(K_INTERNAL_POD_NAME)_{container.Text("name")}";
            List(container, "volumeMounts").Add((JsonNode)mount);
            var variables = EnvironmentVariables.Of(container);
            variables.Add((JsonNode)EnvironmentVariables.Field("K_INTERNAL_POD_NAME", "metadata.name"));
            variables.Add((JsonNode)EnvironmentVariables.Field("K_INTERNAL_POD_NAMESPACE", "metadata.namespace"));
        }
    }

    private static bool WantsPodInfo(RevisionView revision, InjectionConfig config) => config.Features.QueueProxyMountPodInfo switch
    {
        FeatureFlag.Enabled => true,
        FeatureFlag.Allowed => ConfigTexts.Is(revision.Annotations.GetValueOrDefault(PodInfoFeature, ""), "enabled"),
        _ => false,
    };

    private static JsonObject PodInfo() => new()
    {
        ["name"] = "pod-info",
        ["downwardAPI"] = new JsonObject
        {
            ["items"] = new JsonArray(new JsonObject { ["path"] = "annotations", ["fieldRef"] = new JsonObject { ["fieldPath"] = "metadata.annotations" } }),
        },
    };

    private static JsonNode Token(string audience) => new JsonObject
    {
        ["serviceAccountToken"] = new JsonObject { ["audience"] = audience, ["expirationSeconds"] = TokenSeconds, ["path"] = audience },
    };

    private static JsonObject Mount(string name, string path, bool isReadOnly) => isReadOnly
        ? new JsonObject { ["name"] = name, ["readOnly"] = true, ["mountPath"] = path }
        : new JsonObject { ["name"] = name, ["mountPath"] = path };

    private static void Add(JsonObject pod, JsonObject container, JsonObject volume, JsonObject mount)
    {
        List(pod, "volumes").Add((JsonNode)volume);
        List(container, "volumeMounts").Add((JsonNode)mount);
    }

    private static JsonArray List(JsonObject parent, string name)
    {
        if (parent[name] is not JsonArray list)
        {
            parent[name] = list = [];
        }

        return list;
    }
}
