using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Projections;

namespace Knative.Xds.Kube.Manifests;

/// <summary>The objects of a manifest that routing reads, without an API: KIngresses, Services and the Secrets with certificates; all else is passed over.</summary>
/// <param name="Ingresses">The good ones, in order.</param>
/// <param name="Services">Services by key.</param>
/// <param name="Certificates">What is in the Secrets, by key.</param>
/// <param name="Problems">What is wrong with KIngresses that are not among the good ones.</param>
public sealed record RoutingManifests(ImmutableArray<Ingress> Ingresses, ImmutableDictionary<ObjectKey, BackendService> Services, ImmutableDictionary<ObjectKey, Projected<CertificatePair>> Certificates, ImmutableArray<Problem> Problems)
{
    private const string DefaultNamespace = "default";
    private const string IngressVersion = "networking.internal.knative.dev/v1alpha1";

    /// <summary>Reads YAML or JSON; a <c>List</c> counts as its items. Objects without a namespace are of <c>default</c>.</summary>
    /// <exception cref="FormatException">The text is no YAML, or an object cannot be read; the message says where.</exception>
    public static RoutingManifests Read(string text)
    {
        var ingresses = ImmutableArray.CreateBuilder<Ingress>();
        var services = ImmutableDictionary.CreateBuilder<ObjectKey, BackendService>();
        var certificates = ImmutableDictionary.CreateBuilder<ObjectKey, Projected<CertificatePair>>();
        var problems = ImmutableArray.CreateBuilder<Problem>();
        foreach (var item in YamlJson.ParseAll(text).SelectMany(Items))
        {
            switch ((string?)item["kind"])
            {
                case "Ingress" when (string?)item["apiVersion"] == IngressVersion:
                    var projected = IngressProjection.Project(Parse<KIngress>(item));
                    if (projected.Value is { } value)
                    {
                        ingresses.Add(value);
                    }

                    problems.AddRange(projected.Problems);
                    break;
                case V1Service.KubeKind:
                    var service = BackendServiceProjection.Project(Parse<V1Service>(item));
                    services[service.Key] = service;
                    break;
                case V1Secret.KubeKind:
                    var secret = Parse<V1Secret>(item);
                    certificates[KubeJson.KeyOf(secret)] = CertificateProjection.Project(secret);
                    break;
            }
        }

        return new(ingresses.ToImmutable(), services.ToImmutable(), certificates.ToImmutable(), problems.ToImmutable());
    }

    private static IEnumerable<JsonObject> Items(JsonNode document) => document switch
    {
        JsonObject { } list when ((string?)list["kind"])?.EndsWith("List", StringComparison.Ordinal) == true => (list["items"] as JsonArray ?? []).OfType<JsonObject>(),
        JsonObject item => [item],
        _ => throw new FormatException("a manifest must be an object with apiVersion and kind"),
    };

    private static T Parse<T>(JsonObject item) where T : class, k8s.IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            var value = KubeJson.Read<T>(Encoding.UTF8.GetBytes(item.ToJsonString()));
            value.Metadata.NamespaceProperty ??= DefaultNamespace;
            return value;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new FormatException($"{item["kind"]} {item["metadata"]?["name"]}: {error.Message}", error);
        }
    }
}
