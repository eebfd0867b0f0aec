using k8s.Models;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>Derives a Deployment's status from its pods.</summary>
/// <remarks>Source: kubernetes pkg/controller/deployment/sync.go (calculateStatus) and progress.go, with pods in place of ReplicaSets.
/// The progress deadline is not enforced.</remarks>
internal static class DeploymentStatusBuilder
{
    public static V1DeploymentStatus Build(V1Deployment deployment, IReadOnlyList<V1Pod> current, IReadOnlyList<V1Pod> old, Func<V1Pod, bool> isAvailable, DateTime now)
    {
        var desired = deployment.Spec.Replicas ?? 1;
        var all = current.Concat(old).ToList();
        var available = all.Count(isAvailable);
        var complete = current.Count == desired && all.Count == desired && available == desired;
        var enough = available >= desired - MaxUnavailable(deployment, desired);
        return new V1DeploymentStatus
        {
            ObservedGeneration = deployment.Metadata.Generation,
            Replicas = all.Count,
            UpdatedReplicas = current.Count,
            ReadyReplicas = all.Count(PodFacts.IsReady),
            AvailableReplicas = available,
            UnavailableReplicas = Math.Max(0, Math.Max(desired, all.Count) - available),
            Conditions =
            [
                Condition(deployment, "Available", enough,
                    enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                    enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.", now),
                Condition(deployment, "Progressing", true,
                    complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                    complete ? $"Deployment \"{deployment.Metadata.Name}\" has successfully progressed." : $"Deployment \"{deployment.Metadata.Name}\" is progressing.", now),
            ],
        };
    }

    private static int MaxUnavailable(V1Deployment deployment, int desired) =>
        deployment.Spec.Strategy?.Type == "Recreate" ? desired : RolloutPlan.Limits(deployment, desired).Unavailable;

    // The instants change only with what they are about: a status that says the same is not written again.
    private static V1DeploymentCondition Condition(V1Deployment deployment, string type, bool holds, string reason, string message, DateTime now)
    {
        var status = holds ? "True" : "False";
        var old = deployment.Status?.Conditions?.FirstOrDefault(candidate => candidate.Type == type);
        return new V1DeploymentCondition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            LastTransitionTime = old?.Status == status ? old.LastTransitionTime : now,
            LastUpdateTime = old?.Status == status && old.Reason == reason ? old.LastUpdateTime : now,
        };
    }
}
