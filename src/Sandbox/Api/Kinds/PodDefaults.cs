using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>Defaults of a pod spec that depend on other fields.</summary>
internal static class PodDefaults
{
    public static void Apply(JsonObject? spec)
    {
        foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers")))
        {
            container["imagePullPolicy"] ??= PullsAlways(container.Text("image") ?? "") ? "Always" : "IfNotPresent";
        }
    }

    // No tag and no digest means :latest.
    private static bool PullsAlways(string image)
    {
        var name = image[(image.LastIndexOf('/') + 1)..];
        return !name.Contains('@', StringComparison.Ordinal) && (!name.Contains(':', StringComparison.Ordinal) || name.EndsWith(":latest", StringComparison.Ordinal));
    }
}
