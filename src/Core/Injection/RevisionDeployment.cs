using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Core.Injection;

/// <summary>Gives a revision its Deployment: the user's containers, rewritten, and the sidecar beside them.</summary>
/// <remarks>
/// Shape: Kubernetes JSON in and out. What the revision's pod spec holds and the rules do not name is passed on.
/// The label with upstream's hash of the Deployment is not written: it is a hash of Go's own notation.
/// Source: knative/serving pkg/reconciler/revision/resources/deploy.go.
/// </remarks>
public static class RevisionDeployment
{
    private static readonly string[] InitialScaleKeys = ["autoscaling.knative.dev/initial-scale", "autoscaling.knative.dev/initialScale"];
    private const string ProgressDeadline = "serving.knative.dev/progress-deadline";
    private static readonly string[] RevisionFields = ["containerConcurrency", "timeoutSeconds", "responseStartTimeoutSeconds", "idleTimeoutSeconds"];

    /// <summary>Builds the Deployment of a revision whose defaults are filled in (<see cref="RevisionDefaults"/>).</summary>
    /// <remarks>Errors: a revision of the wrong shape gives a problem that names the field, and no Deployment. Neither argument is changed.</remarks>
    public static (JsonObject? Deployment, Problem? Problem) Create(JsonObject revision, InjectionConfig config)
    {
        ArgumentNullException.ThrowIfNull(revision);
        ArgumentNullException.ThrowIfNull(config);
        try
        {
            return (Create(new RevisionView(revision), config), null);
        }
        catch (FormatException error)
        {
            return (null, RevisionProblem.Of(revision, error));
        }
    }

    private static JsonObject Create(RevisionView revision, InjectionConfig config) => new()
    {
        ["apiVersion"] = "apps/v1",
        ["kind"] = "Deployment",
        ["metadata"] = RevisionMetadata.For(revision, RevisionNames.Deployment(revision.Name), RevisionMetadata.Annotations(revision)),
        ["spec"] = new JsonObject
        {
            ["replicas"] = Replicas(revision, config),
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { [Labels.RevisionUid] = revision.Uid } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = RevisionMetadata.Labels(revision), ["annotations"] = RevisionMetadata.PodAnnotations(revision) },
                ["spec"] = PodSpec(revision, config),
            },
            // Slowly, so that there is always a pod for the requests.
            ["strategy"] = new JsonObject { ["type"] = "RollingUpdate", ["rollingUpdate"] = new JsonObject { ["maxUnavailable"] = 0 } },
            ["revisionHistoryLimit"] = 0,
            ["progressDeadlineSeconds"] = DeadlineSeconds(revision, config),
        },
    };

    private static JsonObject PodSpec(RevisionView revision, InjectionConfig config)
    {
        var pod = (JsonObject)revision.Spec.DeepClone();
        foreach (var name in RevisionFields)
        {
            pod.Remove(name);
        }

        var users = UserContainers.Create(revision, config).ToList();
        var queue = QueueContainer.Create(revision, config);
        pod["containers"] = new JsonArray([.. users, queue]);
        pod["terminationGracePeriodSeconds"] = revision.Spec.Number("timeoutSeconds");
        if (pod.Flag("enableServiceLinks") is null && config.Defaults.EnableServiceLinks is { } links)
        {
            pod["enableServiceLinks"] = links;
        }

        PodVolumes.AddForQueue(pod, queue, revision, config);
        if (pod.Text("runtimeClassName").Length == 0 && RuntimeClassRules.Choose(config.Deployment.RuntimeClasses, revision.Labels) is { } runtimeClass)
        {
            pod["runtimeClassName"] = runtimeClass;
        }

        if (config.Observability.EnableVarLogCollection)
        {
            PodVolumes.AddForLogs(pod, users);
        }

        if (config.Deployment.DefaultAffinity == AffinityKind.PreferSpreadRevisionOverNodes && pod.Object("affinity") is null)
        {
            pod["affinity"] = Spread(revision.Name);
        }

        return pod;
    }

    private static JsonObject Spread(string revision) => new()
    {
        ["podAntiAffinity"] = new JsonObject
        {
            ["preferredDuringSchedulingIgnoredDuringExecution"] = new JsonArray(new JsonObject
            {
                ["weight"] = 100,
                ["podAffinityTerm"] = new JsonObject
                {
                    ["labelSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { [Labels.Revision] = revision } },
                    ["topologyKey"] = "kubernetes.io/hostname",
                },
            }),
        },
    };

    // Taken as it is, even where the cluster does not allow zero: admission has judged it.
    private static int Replicas(RevisionView revision, InjectionConfig config)
    {
        var key = Array.Find(InitialScaleKeys, revision.Annotations.ContainsKey);
        if (key is null)
        {
            return config.InitialScale;
        }

        return GoText.TryInt64(revision.Annotations[key], out var replicas) ? (int)Math.Clamp(replicas, int.MinValue, int.MaxValue) : 0;
    }

    private static int DeadlineSeconds(RevisionView revision, InjectionConfig config)
    {
        if (!revision.Annotations.TryGetValue(ProgressDeadline, out var text))
        {
            return (int)config.Deployment.ProgressDeadline.TotalSeconds;
        }

        return GoText.TryDuration(text, out var deadline) ? (int)Math.Clamp(deadline.TotalSeconds, int.MinValue, int.MaxValue) : 0;
    }
}
