using System.Collections.Immutable;
using System.Text.Json;
using Knative.Xds.Core.Networking;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Networking;

[Trait(Vectors.Trait, Vectors.Category)]
public sealed class NetworkHashVectorTests
{
    [Fact]
    public void Hash_RecordedIngresses_IsTheSame()
    {
        foreach (var item in VectorCases.OrSkip("network-hash.json.gz", "cases"))
        {
            var id = item.Text("id");
            var (spec, ns, name) = (SpecOf(item.GetProperty("ingress").GetProperty("spec")), item.Text("namespace")!, item.Text("name")!);

            Assert.Equal((id, item.Text("specJson")), (id, NetworkHash.Json(spec)));
            Assert.Equal((id, item.Text("hash")), (id, NetworkHash.Of(spec, ns, name)));
        }
    }

    [Fact]
    public void Insert_RecordedIngresses_AddsTheSameProbePaths()
    {
        foreach (var item in VectorCases.OrSkip("network-hash.json.gz", "cases"))
        {
            var id = item.Text("id");
            var (spec, ns, name) = (SpecOf(item.GetProperty("ingress").GetProperty("spec")), item.Text("namespace")!, item.Text("name")!);

            var inserted = ProbeInsertion.Insert(spec, ns, name);

            Assert.Equal((id, item.Text("probeErrorKind")), (id, inserted is null ? "missingHttp" : null));
            if (inserted is { } probe)
            {
                Assert.Equal((id, item.Text("probeHash")), (id, probe.Hash));
                Assert.Equal((id, item.Text("specJsonAfterProbe")), (id, NetworkHash.Json(probe.Spec)));
                Assert.Equal((id, item.Text("hashAfterProbe")), (id, NetworkHash.Of(probe.Spec, ns, name)));
            }
        }
    }

    [Fact]
    public void Expand_RecordedHosts_GivesTheSameNames()
    {
        foreach (var item in VectorCases.OrSkip("network-hash.json.gz", "expandedHosts"))
        {
            var hosts = item.GetProperty("hosts").EnumerateArray().Select(host => host.GetString()!);

            var expanded = ClusterLocalNames.Expand(hosts, item.Text("clusterDomain")!);

            Assert.Equal((item.Text("id"), string.Join(' ', item.GetProperty("expandedSorted").EnumerateArray())), (item.Text("id"), string.Join(' ', expanded)));
        }
    }

    private static IngressSpec SpecOf(JsonElement spec) => new()
    {
        Tls = [.. Items(spec, "tls").Select(tls => new IngressSpecTls(Texts(tls, "hosts"), Text(tls, "secretName"), Text(tls, "secretNamespace")))],
        Rules = [.. Items(spec, "rules").Select(RuleOf)],
        HttpOption = Text(spec, "httpOption"),
    };

    private static IngressSpecRule RuleOf(JsonElement rule)
    {
        var hasHttp = rule.TryGetProperty("http", out var http) && http.ValueKind == JsonValueKind.Object;
        return new(Texts(rule, "hosts"), Text(rule, "visibility"), hasHttp, hasHttp ? Nullable(http, "paths", PathOf) : null);
    }

    private static IngressSpecPath PathOf(JsonElement path) => new()
    {
        Path = Text(path, "path"),
        RewriteHost = Text(path, "rewriteHost"),
        Headers = Map(path, "headers", match => match.ValueKind == JsonValueKind.Object ? Text(match, "exact") : ""),
        Splits = Nullable(path, "splits", SplitOf),
        AppendHeaders = Map(path, "appendHeaders", value => value.GetString() ?? ""),
    };

    private static IngressSpecSplit SplitOf(JsonElement split)
    {
        var port = split.TryGetProperty("servicePort", out var found) ? found : default;
        return new IngressSpecSplit
        {
            ServiceNamespace = Text(split, "serviceNamespace"),
            ServiceName = Text(split, "serviceName"),
            PortNumber = port.ValueKind == JsonValueKind.Number ? port.GetInt32() : 0,
            PortText = port.ValueKind == JsonValueKind.String ? port.GetString() : null,
            Percent = split.TryGetProperty("percent", out var percent) && percent.ValueKind == JsonValueKind.Number ? percent.GetInt32() : 0,
            AppendHeaders = Map(split, "appendHeaders", value => value.GetString() ?? ""),
        };
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : default;

    private static ImmutableArray<T>? Nullable<T>(JsonElement parent, string name, Func<JsonElement, T> read) =>
        parent.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? [.. items.EnumerateArray().Select(read)] : null;

    private static ImmutableArray<string> Texts(JsonElement parent, string name) => [.. Items(parent, name).Select(item => item.GetString() ?? "")];

    private static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";

    private static ImmutableDictionary<string, string> Map(JsonElement parent, string name, Func<JsonElement, string> value) =>
        parent.TryGetProperty(name, out var map) && map.ValueKind == JsonValueKind.Object
            ? map.EnumerateObject().ToImmutableDictionary(entry => entry.Name, entry => value(entry.Value))
            : ImmutableDictionary<string, string>.Empty;
}
