using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Crds;

/// <summary>Brings the CRDs of the data path to an API.</summary>
public static class CrdInstaller
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Applies every CRD (server-side) and returns once the API serves them all.</summary>
    /// <remarks>Errors: <see cref="KubeException"/> when the API refuses one, <see cref="TimeoutException"/> when one is not served within a minute.</remarks>
    public static Task EnsureAsync(KubeClient client, CancellationToken cancellationToken) => EnsureAsync(client, TimeProvider.System, cancellationToken);

    internal static async Task EnsureAsync(KubeClient client, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var (name, yaml) in CrdManifests.All)
        {
            var patch = new V1Patch(yaml, V1Patch.PatchType.ApplyPatch);
            await client.PatchAsync<V1CustomResourceDefinition>(new ObjectKey("", name), patch, null, cancellationToken);
        }

        var start = time.GetTimestamp();
        foreach (var (name, _) in CrdManifests.All)
        {
            while (!IsServed(await client.FindAsync<V1CustomResourceDefinition>(new ObjectKey("", name), cancellationToken)))
            {
                if (time.GetElapsedTime(start) > Limit)
                {
                    throw new TimeoutException($"CustomResourceDefinition {name} is not established after {Limit}");
                }

                await Task.Delay(Interval, time, cancellationToken);
            }
        }
    }

    private static bool IsServed(V1CustomResourceDefinition? crd) =>
        crd?.Status?.Conditions?.Any(condition => condition is { Type: "Established", Status: "True" }) == true;
}
