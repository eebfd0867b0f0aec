using k8s.Models;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

// Rows of upstream's behaviour tests that tell a wish from a patch.
public class ScalerRowTests
{
    private const string Space = "default";
    private static readonly ObjectKey Key = new(Space, "rev");
    private static readonly AutoscalerConfig Config = AutoscalerConfigParser.Parse(default, new Dictionary<string, string>()).Config!;
    private readonly List<GoDuration> _requeues = [];

    [Theory]
    [InlineData(1, null)]
    [InlineData(10, 1)]
    public async Task K1_ActiveForLessThanTheWindow_KeepsOnePod(int replicas, int? patched)
    {
        var context = Context() with { Active = ActiveCondition.Active, ActiveFor = GoDuration.FromSeconds(59), ScaleTargetInitialized = true };

        var (want, patch) = await ScaleAsync(replicas, context, () => new ScaleDecision { Desired = 0 });

        Assert.Equal((1, Replicas(patched)), (want, patch));
        Assert.Single(_requeues);
    }

    [Theory]
    [InlineData(2, 1, 2, 2)]
    [InlineData(5, 5, 5, null)]
    public async Task K13_InitialScaleNotReached_IsWantedAndPatchedOnceOnly(int initial, int replicas, int wanted, int? patched)
    {
        var context = Context(("autoscaling.knative.dev/initial-scale", $"{initial}")) with { Desired = 1, Active = ActiveCondition.Activating, ActiveFor = GoDuration.FromSeconds(1) };

        var (want, patch) = await ScaleAsync(replicas, context, () => new ScaleDecision { Desired = 1 });

        Assert.Equal((wanted, Replicas(patched)), (want, patch));
    }

    [Fact]
    public async Task ScaleAsync_RequestComesDuringTheProbe_LeavesThePod()
    {
        var decision = new ScaleDecision { Desired = 0 };
        var probe = new RecordedProbe(passes: true, () => decision = new ScaleDecision { Desired = 1 });

        var (want, patch) = await ScaleAsync(1, AfterGrace(), () => decision, probe);

        Assert.True(probe.Asked);
        Assert.Equal((1, null), (want, patch));
    }

    [Fact]
    public async Task ScaleAsync_NothingComesDuringTheProbe_GoesToZero()
    {
        var (want, patch) = await ScaleAsync(1, AfterGrace(), () => new ScaleDecision { Desired = 0 });

        Assert.Equal((0, Replicas(0)), (want, patch));
    }

    private static ScaleContext AfterGrace() => Context() with
    {
        Active = ActiveCondition.Inactive,
        ActiveFor = GoDuration.FromSeconds(600),
        ScaleTargetInitialized = true,
        SksInProxyMode = true,
        ProxyFor = GoDuration.FromSeconds(600),
    };

    private static ScaleContext Context(params (string Key, string Value)[] annotations) => new()
    {
        Config = Config,
        Scaling = RevisionScalingReader.Read(Config, annotations.ToDictionary(entry => entry.Key, entry => entry.Value), 0, "Reachable"),
        ProgressDeadline = GoDuration.FromSeconds(151),
    };

    private static string? Replicas(int? count) => count is null ? null : $$"""[{"op":"add","path":"/spec/replicas","value":{{count}}}]""";

    private async Task<(int Want, string? Patch)> ScaleAsync(int replicas, ScaleContext context, Func<ScaleDecision> latest, RecordedProbe? probe = null)
    {
        await using var rig = new ScalerRig(new Dictionary<string, int?> { [Space] = replicas });
        await rig.StartAsync();
        var scaler = rig.Scaler(probe ?? new RecordedProbe(passes: true), TimeProvider.System);
        scaler.Requeue += (_, delay) => _requeues.Add(delay);
        var pa = new PodAutoscaler
        {
            Metadata = new V1ObjectMeta { Name = Key.Name, NamespaceProperty = Key.Namespace },
            Spec = new PodAutoscalerSpec { ProtocolType = "http1", ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = "rev-deployment" } },
        };
        var sks = new ServerlessService { Metadata = pa.Metadata, Status = new ServerlessServiceStatus { ServiceName = Key.Name } };

        var want = await scaler.ScaleAsync(new ScaleTarget(Key, pa, sks, context.Scaling), context, latest, TestContext.Current.CancellationToken);

        return (want, rig.Patches.GetValueOrDefault(Space)?.Body);
    }
}
