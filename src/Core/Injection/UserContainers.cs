using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Core.Injection;

/// <summary>The user's containers as they run beside the sidecar.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/revision/resources/deploy.go and env_var.go.</remarks>
internal static class UserContainers
{
    private const string DrainPath = "/wait-for-drain";

    public static IEnumerable<JsonObject> Create(RevisionView revision, InjectionConfig config)
    {
        var digests = revision.Json.Object("status").Objects("containerStatuses").Select(status => status.Text("imageDigest")).ToList();
        for (var index = 0; index < revision.Containers.Count; index++)
        {
            var container = (JsonObject)revision.Containers[index].DeepClone();
            if (revision.IsServing(revision.Containers[index]))
            {
                BecomeServing(container, revision, config.Features.MultiContainerProbing == FeatureFlag.Enabled);
            }

            BecomeUser(container, revision);
            if (index < digests.Count && digests[index].Length > 0)
            {
                container["image"] = digests[index];
            }

            yield return container;
        }
    }

    private static void BecomeServing(JsonObject container, RevisionView revision, bool allowsCustomPort)
    {
        var port = revision.UserPort;
        container["ports"] = new JsonArray(new JsonObject { ["name"] = "user-port", ["containerPort"] = port });
        AddVariable(container, "PORT", port.ToString(CultureInfo.InvariantCulture));
        foreach (var handler in (ReadOnlySpan<string>)["httpGet", "tcpSocket"])
        {
            if (container.Object("livenessProbe").Object(handler) is { } probe && (!allowsCustomPort || probe.Port("port") == 0))
            {
                probe["port"] = port;
                break;
            }
        }
    }

    private static void BecomeUser(JsonObject container, RevisionView revision)
    {
        // The container is not to end before the sidecar has let its last request finish.
        container["lifecycle"] = new JsonObject
        {
            ["preStop"] = new JsonObject { ["httpGet"] = new JsonObject { ["path"] = DrainPath, ["port"] = Ports.QueueAdmin } },
        };
        AddVariable(container, "K_REVISION", revision.Name);
        AddVariable(container, "K_CONFIGURATION", revision.Labels.GetValueOrDefault(Labels.Configuration, ""));
        AddVariable(container, "K_SERVICE", revision.Labels.GetValueOrDefault(Labels.Service, ""));
        container.Remove("stdin");
        container.Remove("tty");
        if (container.Text("terminationMessagePolicy").Length == 0)
        {
            container["terminationMessagePolicy"] = "FallbackToLogsOnError";
        }

        // The sidecar runs these in the kubelet's place.
        if (container.Object("readinessProbe") is { } probe && (probe.Object("httpGet") ?? probe.Object("tcpSocket") ?? probe.Object("grpc")) is not null)
        {
            container.Remove("readinessProbe");
        }
    }

    private static void AddVariable(JsonObject container, string name, string value) => EnvironmentVariables.Of(container).Add((JsonNode)EnvironmentVariables.Literal(name, value));
}
