using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;

namespace Knative.Xds.Core.Networking;

/// <summary>The hash of an ingress, which a probe gets back from the version that routed it (header K-Network-Hash).</summary>
/// <remarks>Byte for byte that of upstream: knative/networking pkg/ingress/ingress.go.</remarks>
public static class NetworkHash
{
    /// <summary>SHA-256, in lower-case hexadecimal, of the spec's JSON, the namespace and the name.</summary>
    public static string Of(IngressSpec spec, string namespaceName, string name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Json(spec) + namespaceName + name)));

    /// <summary>The spec as Go writes it: members in the order of its structs, maps by their keys, what is empty left out but for a few.</summary>
    public static string Json(IngressSpec spec)
    {
        var json = new JsonObject();
        Add(json, "tls", spec.Tls, Tls);
        Add(json, "rules", spec.Rules, Rule);
        Add(json, "httpOption", spec.HttpOption);
        return GoJson.Write(json);
    }

    private static JsonObject Tls(IngressSpecTls tls)
    {
        var json = new JsonObject();
        Add(json, "hosts", tls.Hosts, Text);
        Add(json, "secretName", tls.SecretName);
        Add(json, "secretNamespace", tls.SecretNamespace);
        return json;
    }

    private static JsonObject Rule(IngressSpecRule rule)
    {
        var json = new JsonObject();
        Add(json, "hosts", rule.Hosts, Text);
        Add(json, "visibility", rule.Visibility);
        if (rule.HasHttp)
        {
            json["http"] = new JsonObject { ["paths"] = Nullable(rule.Paths, Path) };
        }

        return json;
    }

    private static JsonObject Path(IngressSpecPath path)
    {
        var json = new JsonObject();
        Add(json, "path", path.Path);
        Add(json, "rewriteHost", path.RewriteHost);
        Add(json, "headers", path.Headers, value => new JsonObject { ["exact"] = value });
        json["splits"] = Nullable(path.Splits, Split);
        Add(json, "appendHeaders", path.AppendHeaders, Text);
        return json;
    }

    private static JsonObject Split(IngressSpecSplit split)
    {
        var json = new JsonObject
        {
            ["serviceNamespace"] = split.ServiceNamespace,
            ["serviceName"] = split.ServiceName,
            ["servicePort"] = split.PortText is null ? JsonValue.Create(split.PortNumber) : JsonValue.Create(split.PortText),
        };
        if (split.Percent != 0)
        {
            json["percent"] = split.Percent;
        }

        Add(json, "appendHeaders", split.AppendHeaders, Text);
        return json;
    }

    private static JsonValue Text(string text) => JsonValue.Create(text)!;

    private static JsonArray? Nullable<T>(ImmutableArray<T>? items, Func<T, JsonNode> item) => items is { } present ? [.. present.Select(item)] : null;

    private static void Add<T>(JsonObject json, string name, ImmutableArray<T> items, Func<T, JsonNode> item)
    {
        if (!items.IsEmpty)
        {
            json[name] = new JsonArray([.. items.Select(item)]);
        }
    }

    private static void Add(JsonObject json, string name, ImmutableDictionary<string, string> map, Func<string, JsonNode> value)
    {
        if (!map.IsEmpty)
        {
            json[name] = new JsonObject(map.OrderBy(pair => pair.Key, Utf8Order.Instance).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)value(pair.Value))));
        }
    }

    private static void Add(JsonObject json, string name, string value)
    {
        if (value.Length > 0)
        {
            json[name] = value;
        }
    }
}
