using System.Text.Json;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Scaling;

[Trait(Vectors.Trait, Vectors.Category)]
public class ScalePlannerVectorTests
{
    [Fact]
    public void Plan_RecordedSteps_PlansTheSame()
    {
        foreach (var item in VectorCases.OrSkip("kpa-reconcile.json", "scale"))
        {
            var id = item.Text("id");
            var context = Context(item);

            var plan = ScalePlanner.Plan(context);
            Assert.Equal((id, item.GetProperty("probed").GetBoolean()), (id, plan.ProbeFirst));
            plan = plan.ProbeFirst ? ScalePlanner.Plan(context with { ActivatorAnswered = item.Text("activatorProbe") == "passed" }) : plan;

            var missing = item.GetProperty("scaleTargetMissing").GetBoolean();
            var patched = plan.Apply && !missing && (item.GetProperty("currentReplicas") is { ValueKind: JsonValueKind.Number } current ? current.GetInt32() : 1) != plan.Want;
            Assert.Equal((id, item.Long("want")), (id, plan.Want));
            Assert.Equal((id, item.GetProperty("patch").ValueKind == JsonValueKind.Array), (id, patched));
            Assert.Equal((id, item.GetProperty("error").GetBoolean()), (id, plan.Apply && missing));
            Assert.Equal((id, item.GetProperty("asyncProbes").GetArrayLength() > 0), (id, plan.ProbeInBackground));
            AssertRequeue(id, item.GetProperty("requeuesNs"), plan.RequeueAfter);
        }
    }

    private static ScaleContext Context(JsonElement item)
    {
        var (config, _) = AutoscalerConfigParser.Parse(default, AutoscalerConfigVectorTests.Texts(item.GetProperty("config")));
        var active = item.GetProperty("active");
        var proxied = item.GetProperty("activatorEndpointsPopulated");
        return new ScaleContext
        {
            Config = config!,
            Scaling = RevisionScalingReader.Read(config!, AutoscalerConfigVectorTests.Texts(item.GetProperty("annotations")), 0, item.Text("reachability")),
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

    private static void AssertRequeue(string? id, JsonElement expected, GoDuration? actual) =>
        Assert.Equal(
            (id, string.Join(',', expected.EnumerateArray().Select(requeue => requeue.GetInt64()))),
            (id, string.Join(',', actual is { } requeue ? [requeue.Nanoseconds] : Array.Empty<long>())));
}
