using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Schemas;
using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>Gives services their cluster IP, so that they look as they would elsewhere; nothing routes to it.</summary>
/// <remarks>Threading: called under the store's lock.</remarks>
internal sealed class ServiceRules : KindRules
{
    // 10.96.0.0/16 without its network and broadcast address.
    private const int FirstAddress = 1;
    private const int LastAddress = 0xFFFE;
    private const string Endpoints = "endpoints";
    private const string Headless = "None";
    private const string ExternalName = "ExternalName";

    private HashSet<string>? _used;
    private int _next = FirstAddress;

    public override void PrepareCreate(JsonObject value, RuleContext context)
    {
        var spec = value.Child("spec");
        Complete(spec);
        value.Child("status").Child("loadBalancer");
        if (spec.Text("type") != ExternalName)
        {
            Address(spec, context.Store);
        }
    }

    public override void PrepareUpdate(JsonObject value, JsonObject old, RuleContext context)
    {
        var spec = value.Child("spec");
        var before = old["spec"] as JsonObject;
        Complete(spec);
        if (spec.Text("type") == ExternalName)
        {
            return;
        }

        foreach (var name in new[] { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy" })
        {
            spec[name] ??= before?[name]?.DeepClone();
        }

        Address(spec, context.Store);
    }

    public override void Validate(JsonObject value, JsonObject? old, List<FieldProblem> problems)
    {
        var ip = value.Text("spec.clusterIP");
        if (ip != Headless && value.Text("spec.type") != ExternalName && value.At("spec.ports") is null or JsonArray { Count: 0 })
        {
            problems.Add(FieldProblem.Required("spec.ports"));
        }

        if (old?.Text("spec.clusterIP") is { Length: > 0 } before && value.Text("spec.type") != ExternalName && before != ip)
        {
            problems.Add(FieldProblem.Invalid("spec.clusterIPs[0]", $"[\"{ip}\"]", "may not change once set"));
        }

        var ports = value.Objects("spec.ports").ToList();
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports.Count > 1 && string.IsNullOrEmpty(ports[i].Text("name")))
            {
                problems.Add(FieldProblem.Required($"spec.ports[{i}].name"));
            }

            if (ports[i].Number("port") is < 1 or > 65535)
            {
                problems.Add(FieldProblem.Invalid($"spec.ports[{i}].port", $"{ports[i].Number("port")}", "must be between 1 and 65535, inclusive"));
            }
        }
    }

    /// <remarks>The Endpoints of the name are the Service's, whoever wrote them. Source: kubernetes pkg/registry/core/service/storage/storage.go, afterDelete.</remarks>
    public override void Removed_NeedsLock(ObjectId id, ObjectStore store)
    {
        if (store.Find(Endpoints, id) is { } endpoints)
        {
            store.Remove_NeedsLock(Endpoints, id, endpoints.Value.Clone());
        }
    }

    private static void Complete(JsonObject spec)
    {
        if (spec.Text("type") != ExternalName)
        {
            spec["internalTrafficPolicy"] ??= "Cluster";
        }

        foreach (var port in spec.Objects("ports"))
        {
            port["targetPort"] ??= port["port"]?.DeepClone();
        }
    }

    private void Address(JsonObject spec, ObjectStore store)
    {
        var ip = spec.Text("clusterIP") is { Length: > 0 } given ? given : Allocate(store);
        _used?.Add(ip);
        spec["clusterIP"] = ip;
        spec["clusterIPs"] ??= new JsonArray(ip);
        // Without a selector a headless service may name addresses of either family.
        var both = ip == Headless && spec["selector"] is null;
        spec["ipFamilies"] ??= both ? new JsonArray("IPv4", "IPv6") : new JsonArray("IPv4");
        spec["ipFamilyPolicy"] ??= both ? "RequireDualStack" : "SingleStack";
    }

    private string Allocate(ObjectStore store)
    {
        _used ??= InUse(store);
        if (_used.Count >= LastAddress)
        {
            _used = InUse(store);
        }

        while (true)
        {
            var ip = $"10.96.{_next >> 8}.{_next & 0xFF}";
            _next = _next == LastAddress ? FirstAddress : _next + 1;
            if (!_used.Contains(ip))
            {
                return ip;
            }
        }
    }

    private static HashSet<string> InUse(ObjectStore store) =>
        store.Of("services").Objects.Values.Select(service => service.Value.Text("spec.clusterIP")).OfType<string>().ToHashSet(StringComparer.Ordinal);
}
