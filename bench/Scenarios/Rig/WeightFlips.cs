using System.Collections.Concurrent;
using System.Text;
using k8s;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>The change of every scenario: an ingress's weights turn from 100/0 to 0/100 or back, by a PUT as Knative's controllers send it.</summary>
internal sealed class WeightFlips(KubeClient client, ReadyWatch watch)
{
    private const string Path = $"apis/networking.internal.knative.dev/v1alpha1/namespaces/{IngressObjects.Namespace}/ingresses";
    private readonly ConcurrentDictionary<int, string> _sides = new();

    /// <summary>The side that all traffic of an ingress goes to once its last change is in effect.</summary>
    public string SideOf(int ingress) => _sides.GetValueOrDefault(ingress, IngressObjects.Sides[0]);

    /// <summary>Turns an ingress's weights round.</summary>
    public async Task<Flip> FlipAsync(int ingress, CancellationToken cancellationToken)
    {
        var side = _sides[ingress] = IngressObjects.Sides.First(other => other != SideOf(ingress));
        while (true)
        {
            using var body = Body(IngressObjects.Ingress(ingress, side == IngressObjects.Sides[0] ? 100 : 0, watch.VersionOf(ingress)));
            var sentAt = TimeProvider.System.GetTimestamp();
            try
            {
                var written = await client.SendRawAsync(HttpMethod.Put, $"{Path}/{IngressObjects.Name(ingress)}", body, cancellationToken);
                return new Flip(sentAt, (long)written!["metadata"]!["generation"]!);
            }
            catch (KubeException refusal) when (refusal.IsConflict)
            {
                // A status was written meanwhile, and our watch is about to say so.
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
            }
        }
    }

    private static ByteArrayContent Body(KIngress ingress)
    {
        (ingress.ApiVersion, ingress.Kind) = ("networking.internal.knative.dev/v1alpha1", "Ingress");
        return new ByteArrayContent(Encoding.UTF8.GetBytes(KubernetesJson.Serialize(ingress))) { Headers = { ContentType = new("application/json") } };
    }
}
