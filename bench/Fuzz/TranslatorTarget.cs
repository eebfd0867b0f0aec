using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.Kube.Projections;

namespace Knative.Xds.Fuzz;

/// <summary>One ingress with the objects around it, each of them with something in it that nobody expects, from their JSON to what gateways are sent.</summary>
internal sealed class TranslatorTarget : IFuzzTarget
{
    private const string Meta = "\"metadata\":" + """{"name":"a","namespace":"ns","generation":1,"creationTimestamp":"2026-01-01T00:00:00Z","labels":{"kubernetes.io/service-name":"a"},"annotations":{"kourier.knative.dev/disable-http2":"true"}}""";
    private const string IngressJson = "{" + Meta + ""","spec":{"httpOption":"Redirected","tls":[{"hosts":["a.example.com"],"secretName":"s","secretNamespace":"ns"}],"rules":[{"hosts":["a.example.com","*.b.example.com"],"visibility":"ExternalIP","http":{"paths":[{"path":"/x","rewriteHost":"r.example.com","headers":{"a":{"exact":"b"}},"appendHeaders":{"a":"b"},"splits":[{"serviceNamespace":"ns","serviceName":"a","servicePort":80,"percent":40,"appendHeaders":{"a":"%"}},{"serviceNamespace":"ns","serviceName":"a","servicePort":"http2","percent":60}]},{"splits":[{"serviceNamespace":"ns","serviceName":"a","servicePort":80}]}]}},{"hosts":["a.ns","a.ns.svc.cluster.local"],"visibility":"ClusterLocal","http":{"paths":[{"splits":[{"serviceNamespace":"ns","serviceName":"a","servicePort":80,"percent":100}]}]}}]}}""";
    private const string ServiceJson = "{" + Meta + ""","spec":{"type":"ClusterIP","clusterIP":"10.0.0.1","ports":[{"name":"http","port":80,"targetPort":8012},{"name":"http2","port":81,"targetPort":"h2","appProtocol":"kubernetes.io/h2c"}]}}""";
    private const string SliceJson = "{" + Meta + ""","addressType":"IPv4","ports":[{"name":"http","port":8012}],"endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":true}},{"addresses":["fd00::1"]}]}""";
    private const string KourierJson = """{"enable-service-access-logging":"true","service-access-log-template":"%REQ(:authority)% {","enable-proxy-protocol":"true","cluster-cert-secret":"s","stream-idle-timeout":"1m","trusted-hops-count":"1","use-remote-address":"false","cipher-suites":"ECDHE-RSA-AES128-GCM-SHA256","listen-ip-addresses":"0.0.0.0,::","extauthz-host":"a:9000","extauthz-protocol":"grpc","extauthz-timeout":"2000","extauthz-max-request-body-bytes":"8192","certs-secret-name":"s","certs-secret-namespace":"ns","tracing-endpoint":"http://otel:4317/v1","tracing-protocol":"grpc","tracing-sampling-rate":"0.5"}""";
    private const string NetworkJson = """{"system-internal-tls":"enabled","http-protocol":"redirected","rollout-duration":"10","domain-template":"{{.Name}}.{{.Namespace}}.{{.Domain}}","tag-template":"{{.Tag}}-{{.Name}}","namespace-wildcard-cert-selector":"matchLabels: {a: b}","mesh-compatibility-mode":"auto"}""";
    // What a server takes of a stream unless told otherwise: option --max-name-length.
    private const int MaxName = 1_024;
    private static readonly string[] Secrets = [.. SecretSamples.All];
    private readonly ConcurrentDictionary<string, long> _reached = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Reached => _reached;

    public void Execute(Random random, Action<string> log)
    {
        var ingress = Read<KIngress>(random, IngressJson, log);
        var service = Read<V1Service>(random, ServiceJson, log);
        var slice = Read<V1EndpointSlice>(random, SliceJson, log);
        var secret = Read<V1Secret>(random, Secrets[random.Next(Secrets.Length)], log);
        var kourier = Config(random, KourierJson, log);
        var network = Config(random, NetworkJson, log);
        Configure(kourier, network, random);
        var bundle = TrustBundleProjection.Project(secret, [new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "b" }, Data = kourier }]);
        Count(bundle.Value!.Length > 0 ? "authorities" : "no authorities");
        if (ingress is not null)
        {
            var projected = IngressProjection.Project(ingress);
            Count(projected.Value is null ? "ingresses with problems" : "ingresses");
            if (projected.Value is { } value)
            {
                Translate(value, service, slice, secret, random);
            }
        }
    }

    private void Translate(Ingress ingress, V1Service? service, V1EndpointSlice? slice, V1Secret? secret, Random random)
    {
        var lookup = new Lookup(service is null ? null : BackendServiceProjection.Project(service), secret is null ? null : CertificateProjection.Project(secret));
        var settings = new TranslationSettings
        {
            Authorizes = random.Next(2) == 0,
            SecuresBackends = random.Next(2) == 0,
            AllowsRedirects = random.Next(2) == 0,
            SecuringFault = random.Next(10) == 0 ? "there is none" : null,
            ExternalCertificate = random.Next(2) == 0 ? new ObjectKey("ns", "s") : null,
        };
        var (one, two) = (IngressTranslator.Translate(ingress, lookup, settings), IngressTranslator.Translate(ingress, lookup, settings));
        Count(one.IsGood ? "translations" : "translations with problems");
        var encoded = one.Value.Messages.Select(EncodedResource.Of).ToList();
        if (!encoded.Select(resource => resource.Version).SequenceEqual(two.Value.Messages.Select(message => EncodedResource.Of(message).Version)))
        {
            throw new InvalidOperationException("two translations of one ingress differ");
        }

        // But for routes, which bear the name of their ingress: that is the API's to bound. Gateways name the others in what they ask for, and are cut off for one that is longer.
        if (encoded.FirstOrDefault(resource => resource.Type != ResourceType.RouteConfiguration && resource.Name.Length > MaxName) is { } @long)
        {
            throw new InvalidOperationException($"{@long.Type} has a name of {@long.Name.Length} characters");
        }

        if (encoded.GroupBy(resource => (resource.Type, resource.Name)).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"{twice.Key} twice");
        }

        foreach (var backend in one.Value.Backends)
        {
            var endpoints = slice is null ? null : ServiceEndpointsProjection.Join(backend.Service.Key, [slice]);
            EncodedResource.Of(EndpointTranslator.Translate(new EndpointView { Backend = backend, Endpoints = endpoints }));
        }

        encoded.ForEach(resource => ResourceText.Json(resource));
    }

    private void Configure(Dictionary<string, string> kourier, Dictionary<string, string> network, Random random)
    {
        var (config, _) = KourierConfigParser.Parse(new ObjectKey("knative-serving", SystemNames.ConfigKourier), kourier);
        Count(config is null ? "config-kourier refused" : "config-kourier");
        if (config is not null && KourierSettings.WhyNot(config) is null)
        {
            var settings = KourierSettings.Apply(new GatewaySettings { ExternalTlsListen = "0.0.0.0:8443", ReadyHost = Odd.Text(random).ToWellFormed() }, config, null);
            foreach (var message in GatewayTranslator.Translate(settings).Messages)
            {
                EncodedResource.Of(message);
            }

            Count("gateways");
        }

        var (read, _) = NetworkConfigParser.Parse(new ObjectKey("knative-serving", SystemNames.ConfigNetwork), network, text => YamlJson.ParseAll(text) is [var first, ..] ? first : null);
        Count(read is null ? "config-network refused" : "config-network");
    }

    /// <summary>The object; null when the API's client would leave it out and say so.</summary>
    private T? Read<T>(Random random, string template, Action<string> log) where T : class, k8s.IKubernetesObject<V1ObjectMeta>
    {
        var root = JsonNode.Parse(template)!;
        Odd.Mutate(random, root);
        var json = root.ToJsonString();
        log(json);
        var page = KubeLists.ReadPage<T>(Encoding.UTF8.GetBytes($$"""{"metadata":{},"items":[{{json}}]}"""));
        Count(page.Items.Count > 0 ? "objects" : "undecodable objects");
        return page.Items.Count > 0 ? page.Items[0] : null;
    }

    /// <summary>The data of a ConfigMap: only texts, as the API takes no other.</summary>
    private static Dictionary<string, string> Config(Random random, string template, Action<string> log)
    {
        var data = JsonSerializer.Deserialize<Dictionary<string, string>>(template)!;
        for (var i = random.Next(3); i > 0; i--)
        {
            var key = random.Next(5) == 0 ? Odd.Text(random) : data.Keys.ElementAt(random.Next(data.Count));
            data[key] = random.Next(3) == 0 && data.TryGetValue(key, out var old) ? Encoding.UTF8.GetString(Odd.Mutate(random, Encoding.UTF8.GetBytes(old))) : Odd.Text(random);
        }

        log(JsonSerializer.Serialize(data));
        return data;
    }

    private void Count(string what) => _reached.AddOrUpdate(what, 1, (_, count) => count + 1);

    private sealed class Lookup(BackendService? service, Projected<CertificatePair>? certificate) : IBackendLookup
    {
        // Whatever the Service says that it is called: somebody names it.
        public BackendService? FindService(ObjectKey key) => service is null ? null : service with { Key = key };

        public CertificateReading FindCertificate(ObjectKey secret) => certificate is null ? default : new(certificate.Value, certificate.Problems.IsEmpty ? null : certificate.Problems[0].Message);
    }
}
