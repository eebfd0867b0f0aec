using System.Text;
using System.Text.Json.Nodes;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Api;

/// <summary>What both APIs must do, on the wire. Every test has a namespace of its own.</summary>
public abstract partial class ApiSuite(IApiUnderTest api)
{
    private const string Merge = "application/merge-patch+json";
    private const string Strategic = "application/strategic-merge-patch+json";
    private const string JsonPatch = "application/json-patch+json";
    private const string Apply = "application/apply-patch+yaml";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<string> NamespaceAsync()
    {
        var answer = await SendAsync("POST", "/api/v1/namespaces", new JsonObject { ["metadata"] = new JsonObject { ["generateName"] = "suite-" } });
        return answer.Expect(201).Text("metadata/name")!;
    }

    private Task<ApiAnswer> GetAsync(string path, string? accept = null) => SendAsync("GET", path, null, accept: accept);

    /// <summary>Reads, changes and writes back; again when somebody else wrote in between, as a cluster's controllers do.</summary>
    private async Task<ApiAnswer> ReplaceAsync(string path, Action<JsonNode> change)
    {
        ApiAnswer? answer = null;
        await Eventually.TrueAsync(async () =>
        {
            var body = (await GetAsync(path)).Expect(200).Body!.DeepClone();
            change(body);
            answer = await SendAsync("PUT", path, body);
            return answer.Code != 409;
        }, Patience);
        return answer!.Expect(200);
    }

    private Task<ApiAnswer> PatchAsync(string path, string type, string body) => SendRawAsync("PATCH", path, body, type);

    private Task<ApiAnswer> SendAsync(string method, string path, JsonNode? body, string type = "application/json", string? accept = null) =>
        SendRawAsync(method, path, body?.ToJsonString(), type, accept);

    private async Task<ApiAnswer> SendRawAsync(string method, string path, string? body, string type = "application/json", string? accept = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("Accept", accept ?? "application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "suite/1.0");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        using var answer = await api.Http.SendAsync(request, Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        var warnings = answer.Headers.TryGetValues("Warning", out var values) ? values.ToList() : [];
        return new((int)answer.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null, warnings);
    }

    private static JsonObject Object(string yamlLikeJson) => (JsonObject)JsonNode.Parse(yamlLikeJson)!;

    private static JsonObject ConfigMap(string name, string labels = "{}", string data = """{"a":"1"}""") =>
        Object($$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{name}}","labels":{{labels}}},"data":{{data}}}""");

    private static JsonObject Deployment(string name) => Object("""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"NAME"},"spec":{"replicas":0,"selector":{"matchLabels":{"app":"NAME"}},
        "template":{"metadata":{"labels":{"app":"NAME"}},"spec":{"containers":[{"name":"main","image":"example.com/main:1","env":[{"name":"A","value":"1"}],"ports":[{"containerPort":8080}]}]}}}}
        """.Replace("NAME", name, StringComparison.Ordinal));

    private static JsonObject Ingress(string name) => Object("""
        {"apiVersion":"networking.internal.knative.dev/v1alpha1","kind":"Ingress","metadata":{"name":"NAME"},
        "spec":{"rules":[{"hosts":["NAME.example.com"],"visibility":"ExternalIP","http":{"paths":[{"splits":[{"serviceName":"web","serviceNamespace":"default","servicePort":80,"percent":100}]}]}}]}}
        """.Replace("NAME", name, StringComparison.Ordinal));

    private static string Ingresses(string space) => $"/apis/networking.internal.knative.dev/v1alpha1/namespaces/{space}/ingresses";

    private Task GoneAsync(string path) => Eventually.TrueAsync(async () => (await GetAsync(path)).Code == 404, Patience);
}
