using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.ControlPlane.Tests.Translation;

/// <summary>A KIngress and the Services around it, read from manifests.</summary>
internal sealed class TranslationInput : IBackendLookup
{
    private readonly ImmutableDictionary<ObjectKey, BackendService> _services;
    private readonly ImmutableHashSet<ObjectKey> _secrets;

    private TranslationInput(Ingress ingress, ImmutableDictionary<ObjectKey, BackendService> services, ImmutableHashSet<ObjectKey> secrets) =>
        (Ingress, _services, _secrets) = (ingress, services, secrets);

    public Ingress Ingress { get; }

    public BackendService? FindService(ObjectKey key) => _services.GetValueOrDefault(key);

    /// <summary>A certificate for every Secret in the manifests; it stands for real bytes by naming its Secret.</summary>
    public CertificateReading FindCertificate(ObjectKey secret) => _secrets.Contains(secret)
        ? new(new CertificatePair { Secret = secret, Chain = [.. Encoding.UTF8.GetBytes($"chain of {secret}")], PrivateKey = [.. Encoding.UTF8.GetBytes($"key of {secret}")] }, null)
        : new(null, "does not exist");

    public static TranslationInput Parse(string manifests)
    {
        var objects = YamlJson.ParseAll(manifests);
        var services = objects.Where(node => Text(node["kind"]) == "Service").Select(ServiceOf).ToImmutableDictionary(service => service.Key);
        var secrets = objects.Where(node => Text(node["kind"]) == "Secret").Select(KeyOf).ToImmutableHashSet();
        return new(IngressOf(objects.Single(node => Text(node["kind"]) == "Ingress")), services, secrets);
    }

    private static Ingress IngressOf(JsonNode node) => new()
    {
        Key = KeyOf(node),
        Hash = "hash",
        HttpOption = Text(node["spec"]!["httpOption"]) == "Redirected" ? HttpOption.Redirected : HttpOption.Enabled,
        Rules = [.. Items(node["spec"]!["rules"]).Select(RuleOf)],
        Tls = [.. Items(node["spec"]!["tls"]).Select(entry => new IngressTls([.. Items(entry["hosts"]).Select(Text)], new(Text(entry["secretNamespace"]), Text(entry["secretName"]))))],
    };

    private static IngressRule RuleOf(JsonNode rule) => new(
        [.. Items(rule["hosts"]).Select(Text)],
        Text(rule["visibility"]) == "ClusterLocal" ? IngressVisibility.ClusterLocal : IngressVisibility.ExternalIP,
        [.. Items(rule["http"]?["paths"]).Select(PathOf)]);

    private static IngressPath PathOf(JsonNode path) => new()
    {
        Path = Text(path["path"]),
        RewriteHost = Text(path["rewriteHost"]),
        Headers = Map(path["headers"], value => Text(value["exact"])),
        AppendHeaders = Map(path["appendHeaders"], Text),
        Splits = [.. Items(path["splits"]).Select(SplitOf)],
    };

    private static IngressSplit SplitOf(JsonNode split) => new()
    {
        Service = new(Text(split["serviceNamespace"]), Text(split["serviceName"])),
        Port = PortOf(split["servicePort"]),
        Percent = Number(split["percent"]),
        AppendHeaders = Map(split["appendHeaders"], Text),
    };

    private static BackendService ServiceOf(JsonNode service) => new()
    {
        Key = KeyOf(service),
        ExternalName = service["spec"]!["externalName"] is { } name ? Text(name) : null,
        Ports = [.. Items(service["spec"]!["ports"]).Select(port => new BackendServicePort(Text(port["name"]), Number(port["port"]), PortOf(port["targetPort"]), port["appProtocol"]?.ToString()))],
    };

    private static ObjectKey KeyOf(JsonNode node) => new(Text(node["metadata"]!["namespace"]), Text(node["metadata"]!["name"]));

    private static ServicePortRef PortOf(JsonNode? node) =>
        int.TryParse(Text(node), CultureInfo.InvariantCulture, out var number) ? ServicePortRef.Of(number) : ServicePortRef.Of(Text(node));

    private static IEnumerable<JsonNode> Items(JsonNode? node) => node is JsonArray array ? array.OfType<JsonNode>() : [];

    private static ImmutableSortedDictionary<string, string> Map(JsonNode? node, Func<JsonNode, string> value) =>
        node is JsonObject map ? map.ToImmutableSortedDictionary(entry => entry.Key, entry => value(entry.Value!)) : ImmutableSortedDictionary<string, string>.Empty;

    private static string Text(JsonNode? node) => node?.ToString() ?? "";

    private static int Number(JsonNode? node) => node is null ? 0 : int.Parse(node.ToString(), CultureInfo.InvariantCulture);
}
