using System.Text.Json;
using k8s.Models;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

/// <summary>The scaler as it runs, on an API that keeps its patches; only the answer of the probe is the test's, as it was when upstream's was recorded.</summary>
[Trait(Vectors.Trait, Vectors.Category)]
public class ScalerVectorTests
{
    [Fact]
    public async Task ScaleAsync_RecordedSteps_PlansProbesAndPatchesTheSame()
    {
        // Every case has a namespace of its own, so that one copy of the API's objects serves all.
        var items = VectorCases.OrSkip("kpa-reconcile.json", "scale").Select((item, index) => (Space: $"case-{index}", Item: item)).ToList();
        await using var rig = new ScalerRig(items.Where(entry => !entry.Item.GetProperty("scaleTargetMissing").GetBoolean()).ToDictionary(entry => entry.Space, entry => CurrentReplicas(entry.Item)));
        await rig.StartAsync();
        foreach (var (space, item) in items)
        {
            await PlayAsync(item, space, rig);
        }
    }

    // Where the recorded ages are such as objects have, what the scaler reads from the objects is what was recorded.
    [Fact]
    public async Task Context_RecordedObjects_IsWhatTheyWereRecordedWith()
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(56);
        await using var rig = new ScalerRig(new Dictionary<string, int?>());
        var scaler = rig.Scaler(new RecordedProbe(true), new FakeTimeProvider(now));
        var cases = VectorCases.OrSkip("kpa-reconcile.json", "scale").Where(item => IsWholeSecond(item, "active") && (IsWholeSecond(item, "activatorEndpointsPopulated") || !Exists(item, "activatorEndpointsPopulated"))).ToList();
        Assert.NotEmpty(cases);
        foreach (var item in cases)
        {
            var target = Target(item, "ns");
            target.Pa.Status = new PodAutoscalerStatus
            {
                Conditions = [Condition(item, "active", "Active", now), new Condition { Type = "ScaleTargetInitialized", Status = item.GetProperty("scaleTargetInitialized").GetBoolean() ? "True" : "Unknown" }],
            };
            target.Sks!.Spec = new ServerlessServiceSpec { Mode = item.Text("sksMode")! };
            target.Sks.Status!.Conditions = Exists(item, "activatorEndpointsPopulated") ? [Condition(item, "activatorEndpointsPopulated", "ActivatorEndpointsPopulated", now)] : [];
            var recorded = Context(item, target.Scaling);

            var read = scaler.Context(target, new PaStatus(target.Pa, now), (int)item.Long("desired"));

            // Settings of the cluster are not of these objects.
            Assert.Equal((item.Text("id"), recorded), (item.Text("id"), read with { Config = recorded.Config, ProgressDeadline = recorded.ProgressDeadline }));
        }
    }

    private static bool Exists(JsonElement item, string condition) => item.GetProperty(condition).ValueKind == JsonValueKind.Object;

    private static bool IsWholeSecond(JsonElement item, string condition) => Exists(item, condition) && item.GetProperty(condition).Long("ageNs") % 1_000_000_000 == 0;

    private static Condition Condition(JsonElement item, string name, string type, DateTimeOffset now) => new()
    {
        Type = type,
        Status = item.GetProperty(name).Text("status")!,
        LastTransitionTime = now.AddSeconds(-item.GetProperty(name).Long("ageNs") / 1_000_000_000).UtcDateTime,
    };

    private static async Task PlayAsync(JsonElement item, string space, ScalerRig rig)
    {
        var id = item.Text("id")!;
        var (probe, requeues) = (new RecordedProbe(item.Text("activatorProbe") == "passed"), new List<long>());
        var scaler = rig.Scaler(probe, TimeProvider.System);
        scaler.Requeue += (_, delay) => requeues.Add(delay.Nanoseconds);
        var target = Target(item, space);

        var error = await Record.ExceptionAsync(() => scaler.ScaleAsync(target, Context(item, target.Scaling), () => new ScaleDecision { Desired = (int)item.Long("desired") }, TestContext.Current.CancellationToken));

        var sent = rig.Patches.GetValueOrDefault(space);
        Assert.Equal((id, item.GetProperty("error").GetBoolean()), (id, error is ReconcileException));
        Assert.Equal((id, item.Long("want")), (id, rig.Plans.Of(target.Key)[0].Plan.Want));
        Assert.Equal((id, item.GetProperty("probed").GetBoolean()), (id, probe.Asked));
        Assert.Equal((id, Probes(item.GetProperty("asyncProbes"))), (id, string.Join(';', probe.Background.Select(run => Describe(run, space)))));
        Assert.Equal((id, Numbers(item.GetProperty("requeuesNs"))), (id, string.Join(',', requeues)));
        Assert.Equal((id, Compact(item.GetProperty("patch"))), (id, sent?.Body ?? ""));
        Assert.Equal((id, Words(item.GetProperty("patchTarget"))), (id, sent?.Target ?? ""));
        Assert.Equal((id, Words(item.GetProperty("patchResource"))), (id, sent?.Resource ?? ""));
    }

    private static ScaleTarget Target(JsonElement item, string space)
    {
        var (config, _) = AutoscalerConfigParser.Parse(default, Texts(item.GetProperty("config")));
        var scaling = RevisionScalingReader.Read(config!, Texts(item.GetProperty("annotations")), 0, item.Text("reachability"));
        var key = new ObjectKey(space, "rev");
        var pa = new PodAutoscaler
        {
            Metadata = new V1ObjectMeta { Name = key.Name, NamespaceProperty = key.Namespace },
            Spec = new PodAutoscalerSpec
            {
                ProtocolType = item.Text("protocolType")!,
                ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = "rev-deployment" },
            },
        };
        return new ScaleTarget(key, pa, new ServerlessService { Metadata = pa.Metadata, Status = new ServerlessServiceStatus { ServiceName = item.Text("serviceName") } }, scaling);
    }

    // Ages to the nanosecond, which no object has.
    private static ScaleContext Context(JsonElement item, RevisionScaling scaling)
    {
        var (config, _) = AutoscalerConfigParser.Parse(default, Texts(item.GetProperty("config")));
        var active = item.GetProperty("active");
        var proxied = item.GetProperty("activatorEndpointsPopulated");
        return new ScaleContext
        {
            Config = config!,
            Scaling = scaling,
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

    private static int? CurrentReplicas(JsonElement item) => item.GetProperty("currentReplicas") is { ValueKind: JsonValueKind.Number } replicas ? replicas.GetInt32() : null;

    private static string Describe(BackgroundProbe run, string space) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{run.Address.Replace($".{space}.", ".ns.", StringComparison.Ordinal)} {run.Period.TotalMilliseconds} {run.Limit.TotalMilliseconds}");

    private static string Probes(JsonElement probes) =>
        string.Join(';', probes.EnumerateArray().Select(probe => $"{probe.Text("target")} {probe.Long("periodMs")} {probe.Long("timeoutMs")}"));

    private static string Numbers(JsonElement list) => string.Join(',', list.EnumerateArray().Select(number => number.GetInt64()));

    private static string Words(JsonElement list) => string.Join(' ', list.EnumerateArray().Select(word => word.GetString()));

    private static string Compact(JsonElement patch) => patch.ValueKind == JsonValueKind.Array ? JsonSerializer.Serialize(patch) : "";

    private static Dictionary<string, string> Texts(JsonElement map) => map.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
}
