using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;

namespace Knative.Xds.Core.Injection;

/// <summary>Restricts what a container may do, where the cluster asks for secure pods.</summary>
/// <remarks>Source: knative/serving pkg/apis/serving/v1/revision_defaults.go.</remarks>
internal static class SecurityDefaults
{
    private const int FirstFreePort = 1024;

    public static void Apply(JsonObject? pod, JsonObject container, FeatureFlag secure)
    {
        if (secure is not (FeatureFlag.Enabled or FeatureFlag.AllowRootBounded))
        {
            return;
        }

        if (container.Object("securityContext") is not { } context)
        {
            container["securityContext"] = context = [];
        }

        context["allowPrivilegeEscalation"] ??= false;
        if (pod.Object("seccompProfile").Text("type").Length == 0 && context.Object("seccompProfile").Text("type").Length == 0)
        {
            context["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" };
        }

        if (context.Object("capabilities") is null)
        {
            context["capabilities"] = Capabilities(container);
        }

        if (secure == FeatureFlag.Enabled && pod.Flag("runAsNonRoot") is null)
        {
            context["runAsNonRoot"] ??= true;
        }
    }

    private static JsonObject Capabilities(JsonObject container)
    {
        var capabilities = new JsonObject { ["drop"] = new JsonArray("ALL") };
        if (container.Objects("ports").Any(port => (port.Number("containerPort") ?? 0) < FirstFreePort))
        {
            capabilities["add"] = new JsonArray("NET_BIND_SERVICE");
        }

        return capabilities;
    }
}
