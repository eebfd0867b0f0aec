using System.Text.Json.Nodes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Core.Injection;

/// <summary>Gives a revision its PodAutoscaler.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/revision/resources/pa.go.</remarks>
public static class RevisionPodAutoscaler
{
    /// <summary>Builds the PodAutoscaler of a revision whose defaults are filled in.</summary>
    /// <remarks>Errors: a revision of the wrong shape gives a problem that names the field, and no PodAutoscaler.</remarks>
    public static (JsonObject? PodAutoscaler, Problem? Problem) Create(JsonObject revision)
    {
        ArgumentNullException.ThrowIfNull(revision);
        try
        {
            return (Create(new RevisionView(revision)), null);
        }
        catch (FormatException error)
        {
            return (null, RevisionProblem.Of(revision, error));
        }
    }

    private static JsonObject Create(RevisionView revision) => new()
    {
        ["apiVersion"] = "autoscaling.internal.knative.dev/v1alpha1",
        ["kind"] = "PodAutoscaler",
        ["metadata"] = RevisionMetadata.For(revision, RevisionNames.PodAutoscaler(revision.Name), RevisionMetadata.PodAutoscalerAnnotations(revision).ToJson()),
        ["spec"] = new JsonObject
        {
            ["containerConcurrency"] = revision.Spec.Number("containerConcurrency") ?? 0,
            ["scaleTargetRef"] = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "Deployment", ["name"] = RevisionNames.Deployment(revision.Name) },
            ["reachability"] = Reachability(revision),
            ["protocolType"] = revision.IsHttp2 ? "h2c" : "http1",
        },
    };

    private static string Reachability(RevisionView revision) => revision.Labels.GetValueOrDefault(Labels.RoutingState) switch
    {
        "active" => "Reachable",
        "reserve" => "Unreachable",
        _ => "",
    };
}
