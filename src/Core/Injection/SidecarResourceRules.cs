using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Injection;

/// <summary>What the sidecar asks for and is held to: the cluster's settings, over them a share of the user container's, over them the revision's annotations.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/revision/resources/queue.go and resourceboundary.go.</remarks>
internal static class SidecarResourceRules
{
    private const string Prefix = "queue.sidecar.serving.knative.dev/";
    private static readonly string[] PercentageKeys = [Prefix + "resource-percentage", Prefix + "resourcePercentage"];
    private static readonly ContainerResources RequestDefaults = new() { Cpu = Quantity.Parse("25m"), Memory = Quantity.Parse("400Mi") };
    private static readonly ContainerResources LimitDefaults = new() { Cpu = Quantity.Parse("1000m"), Memory = Quantity.Parse("800Mi") };

    private static readonly (string Name, Quantity Least, Quantity Most)[] RequestBounds =
        [("cpu", Quantity.Parse("25m"), Quantity.Parse("100m")), ("memory", Quantity.Parse("50Mi"), Quantity.Parse("200Mi"))];

    private static readonly (string Name, Quantity Least, Quantity Most)[] LimitBounds =
        [("cpu", Quantity.Parse("40m"), Quantity.Parse("500m")), ("memory", Quantity.Parse("200Mi"), Quantity.Parse("500Mi"))];

    public static JsonObject Create(RevisionView revision, InjectionConfig config)
    {
        var useDefaults = config.Features.QueueProxyResourceDefaults == FeatureFlag.Enabled;
        var requests = FromConfig(config.Deployment.Requests, useDefaults ? RequestDefaults : null);
        var limits = FromConfig(config.Deployment.Limits, useDefaults ? LimitDefaults : null);
        var user = revision.Serving.Object("resources");
        AddShare(requests, revision, user.Object("requests"), RequestBounds);
        AddShare(limits, revision, user.Object("limits"), LimitBounds);
        AddAnnotated(requests, revision, "request");
        AddAnnotated(limits, revision, "limit");
        var resources = new JsonObject { ["requests"] = ToJson(requests) };
        if (limits.Count > 0)
        {
            resources["limits"] = ToJson(limits);
        }

        return resources;
    }

    private static SortedDictionary<string, Quantity> FromConfig(ContainerResources configured, ContainerResources? defaults)
    {
        var amounts = new SortedDictionary<string, Quantity>(StringComparer.Ordinal);
        Add("cpu", configured.Cpu ?? defaults?.Cpu);
        Add("memory", configured.Memory ?? defaults?.Memory);
        Add("ephemeral-storage", configured.EphemeralStorage);
        return amounts;

        void Add(string name, Quantity? amount)
        {
            if (amount is { } known)
            {
                amounts[name] = known;
            }
        }
    }

    private static void AddShare(SortedDictionary<string, Quantity> amounts, RevisionView revision, JsonObject? user, (string Name, Quantity Least, Quantity Most)[] bounds)
    {
        var key = Array.Find(PercentageKeys, revision.Annotations.ContainsKey);
        if (key is null || !GoText.TryFloat(revision.Annotations[key], out var percentage))
        {
            return;
        }

        foreach (var (name, least, most) in bounds)
        {
            if (Quantity.TryParse(AmountText(user, name), out var amount) && !amount.IsZero)
            {
                var share = Share(amount, percentage / 100);
                amounts[name] = share.Compare(least) < 0 ? least : share.Compare(most) > 0 ? most : share;
            }
        }
    }

    // Amounts that overflow in thousandths count as the largest number, as upstream.
    private static Quantity Share(Quantity amount, double fraction)
    {
        var thousandths = amount.Value < long.MaxValue / 1000 ? amount.MilliValue : long.MaxValue - 1;
        var share = thousandths * fraction;
        return Quantity.FromMilli(share < long.MaxValue ? (long)share : long.MaxValue);
    }

    private static void AddAnnotated(SortedDictionary<string, Quantity> amounts, RevisionView revision, string kind)
    {
        foreach (var name in (ReadOnlySpan<string>)["cpu", "memory", "ephemeral-storage"])
        {
            if (Quantity.TryParse(revision.Annotations.GetValueOrDefault($"{Prefix}{name}-resource-{kind}", ""), out var amount))
            {
                amounts[name] = amount;
            }
        }
    }

    // Kubernetes takes a number for a quantity too.
    private static string AmountText(JsonObject? amounts, string name) => amounts?[name] is JsonValue value ? value.ToString() : "";

    private static JsonObject ToJson(SortedDictionary<string, Quantity> amounts) => amounts.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.ToString())).ToJson();
}
