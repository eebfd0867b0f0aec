using System.Text.Json.Nodes;

namespace Knative.Xds.Core.Injection;

/// <summary>Labels, annotations and owners that a revision gives to its children.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/revision/resources/meta.go.</remarks>
internal static class RevisionMetadata
{
    private const string App = "app";
    private const string AutoscalingGroup = "autoscaling.knative.dev";
    private const string DefaultContainer = "kubectl.kubernetes.io/default-container";
    private static readonly string[] OwnLabels = ["serving.knative.dev/route", Wire.Labels.RoutingState];
    private static readonly string[] OwnAnnotations =
        ["serving.knative.dev/lastPinned", "serving.knative.dev/no-gc", "serving.knative.dev/routingStateModified", "serving.knative.dev/routes"];

    public static JsonObject Labels(RevisionView revision)
    {
        var labels = new SortedDictionary<string, string>(revision.Labels, StringComparer.Ordinal)
        {
            [Wire.Labels.Revision] = revision.Name,
            [Wire.Labels.RevisionUid] = revision.Uid,
        };
        foreach (var name in OwnLabels)
        {
            labels.Remove(name);
        }

        labels.TryAdd(App, revision.Name);
        return labels.ToJson();
    }

    /// <summary>Annotations of the Deployment.</summary>
    public static JsonObject Annotations(RevisionView revision) =>
        PodAutoscalerAnnotations(revision).Where(entry => !entry.Key.StartsWith(AutoscalingGroup, StringComparison.Ordinal)).ToJson();

    /// <summary>Annotations of the pods.</summary>
    public static JsonObject PodAnnotations(RevisionView revision)
    {
        var annotations = Annotations(revision);
        if (revision.Serving.Text("name") is { Length: > 0 } name)
        {
            annotations[DefaultContainer] = name;
        }

        return annotations;
    }

    /// <summary>Annotations of the PodAutoscaler.</summary>
    public static IEnumerable<KeyValuePair<string, string>> PodAutoscalerAnnotations(RevisionView revision) =>
        revision.Annotations.Where(entry => Array.IndexOf(OwnAnnotations, entry.Key) < 0);

    /// <summary>The object's metadata, owned by the revision.</summary>
    public static JsonObject For(RevisionView revision, string name, JsonObject annotations)
    {
        var metadata = new JsonObject { ["name"] = name, ["namespace"] = revision.Namespace, ["labels"] = Labels(revision) };
        if (annotations.Count > 0)
        {
            metadata["annotations"] = annotations;
        }

        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "serving.knative.dev/v1",
            ["kind"] = "Revision",
            ["name"] = revision.Name,
            ["uid"] = revision.Uid,
            ["controller"] = true,
            ["blockOwnerDeletion"] = true,
        });
        return metadata;
    }
}
