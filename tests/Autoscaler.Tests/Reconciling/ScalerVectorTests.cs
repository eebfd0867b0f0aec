using System.Text.Json;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

[Trait(Vectors.Trait, Vectors.Category)]
public class ScalerVectorTests
{
    private const string Target = "rev-deployment application/json-patch+json [scale]";
    private const string Resource = "apps/v1, Resource=deployments";

    [Fact]
    public void Plan_RecordedSteps_PlansProbesAndPatchesTheSame()
    {
        foreach (var item in VectorCases.OrSkip("kpa-reconcile.json", "scale"))
        {
            var id = item.Text("id");
            var context = Context(item);

            var plan = ScalePlanner.Plan(context);
            Assert.Equal((id, item.GetProperty("probed").GetBoolean()), (id, plan.ProbeFirst));
            plan = plan.ProbeFirst ? ScalePlanner.Plan(context with { ActivatorAnswered = item.Text("activatorProbe") == "passed" }) : plan;

            Assert.Equal((id, item.Long("want")), (id, plan.Want));
            Assert.Equal((id, Numbers(item.GetProperty("requeuesNs"))), (id, plan.RequeueAfter is { } requeue ? $"{requeue.Nanoseconds}" : ""));
            Assert.Equal((id, Probes(item.GetProperty("asyncProbes"))), (id, plan.ProbeInBackground ? Probe(item) : ""));
            AssertPatch(id, item, plan);
        }
    }

    private static void AssertPatch(string? id, JsonElement item, ScalePlan plan)
    {
        var missing = item.GetProperty("scaleTargetMissing").GetBoolean();
        var current = item.GetProperty("currentReplicas") is { ValueKind: JsonValueKind.Number } replicas ? replicas.GetInt32() : (int?)null;
        var patched = plan.Apply && !missing && ScalePatch.IsNeeded(current, plan.Want);
        Assert.Equal((id, item.GetProperty("error").GetBoolean()), (id, plan.Apply && missing));
        Assert.Equal((id, Compact(item.GetProperty("patch"))), (id, patched ? ScalePatch.Text(plan.Want) : ""));
        Assert.Equal((id, Words(item.GetProperty("patchTarget"))), (id, patched ? Target : ""));
        Assert.Equal((id, Words(item.GetProperty("patchResource"))), (id, patched ? Resource : ""));
    }

    private static string Probe(JsonElement item) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{ActivatorProbe.ServiceAddress(item.Text("serviceName")!, "ns", item.Text("protocolType")!, "cluster.local")} {ActivatorProbe.Period.TotalMilliseconds} {ActivatorProbe.BackgroundLimit.TotalMilliseconds}");

    private static string Probes(JsonElement probes) =>
        string.Join(';', probes.EnumerateArray().Select(probe => $"{probe.Text("target")} {probe.Long("periodMs")} {probe.Long("timeoutMs")}"));

    private static string Numbers(JsonElement list) => string.Join(',', list.EnumerateArray().Select(number => number.GetInt64()));

    private static string Words(JsonElement list) => string.Join(' ', list.EnumerateArray().Select(word => word.GetString()));

    private static string Compact(JsonElement patch) => patch.ValueKind == JsonValueKind.Array ? JsonSerializer.Serialize(patch) : "";

    private static ScaleContext Context(JsonElement item)
    {
        var (config, _) = AutoscalerConfigParser.Parse(default, Texts(item.GetProperty("config")));
        var active = item.GetProperty("active");
        var proxied = item.GetProperty("activatorEndpointsPopulated");
        return new ScaleContext
        {
            Config = config!,
            Scaling = RevisionScalingReader.Read(config!, Texts(item.GetProperty("annotations")), 0, item.Text("reachability")),
            ProgressDeadline = new GoDuration(item.Long("deploymentProgressDeadlineNs")),
            Desired = (int)item.Long("desired"),
            Active = active.ValueKind == JsonValueKind.Null ? ActiveCondition.Activating : active.Text("status") switch
            {
                "True" => ActiveCondition.Active,
                "False" => ActiveCondition.Inactive,
                _ => ActiveCondition.Activating,
            },
            ActiveFor = active.ValueKind == JsonValueKind.Null ? null : new GoDuration(active.Long("ageNs")),
            ScaleTargetInitialized = item.GetProperty("scaleTargetInitialized").GetBoolean(),
            SksInProxyMode = item.Text("sksMode") == "Proxy",
            ProxyFor = proxied.ValueKind == JsonValueKind.Object && proxied.Text("status") == "True" ? new GoDuration(proxied.Long("ageNs")) : GoDuration.Zero,
        };
    }

    private static Dictionary<string, string> Texts(JsonElement map) => map.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
}
