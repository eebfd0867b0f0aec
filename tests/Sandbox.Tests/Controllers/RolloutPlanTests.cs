using k8s.Models;
using Knative.Xds.Sandbox.Controllers;

namespace Knative.Xds.Sandbox.Tests.Controllers;

public sealed class RolloutPlanTests
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData(0, 3, 3)]
    [InlineData(2, 5, 3)]
    [InlineData(5, 5, 0)]
    public void Decide_TooFew_CreatesWhatIsMissing(int present, int desired, int create)
    {
        var plan = Decide(Deployment(desired), Ready("a", present), []);

        Assert.Equal(create, plan.Create);
        Assert.Empty(plan.Delete);
    }

    [Fact]
    public void Decide_TooMany_DeletesUnboundThenNotReadyThenYoungest()
    {
        var unbound = Pod("unbound", ready: false, age: 0);
        unbound.Spec.NodeName = null;
        var notReady = Pod("not-ready", ready: false, age: 500);
        var young = Pod("young", ready: true, age: 10);
        var old = Pod("old", ready: true, age: 1000);

        var plan = Decide(Deployment(1), [old, young, notReady, unbound], []);

        Assert.Equal(["unbound", "not-ready", "young"], plan.Delete.Select(pod => pod.Metadata.Name));
    }

    [Fact]
    public void Decide_NewTemplateOneReplica_BringsUpTheNewBeforeTheOldGoes()
    {
        var deployment = Deployment(1);
        var old = Ready("old", 1);

        var first = Decide(deployment, [], old);
        var waiting = Decide(deployment, [Pod("new", ready: false, age: 0)], old);
        var then = Decide(deployment, [Pod("new", ready: true, age: 0)], old);

        Assert.Equal((1, 0), (first.Create, first.Delete.Count));
        Assert.Equal((0, 0), (waiting.Create, waiting.Delete.Count));
        Assert.Equal((0, "old-0"), (then.Create, Assert.Single(then.Delete).Metadata.Name));
    }

    [Fact]
    public void Decide_NewTemplateFourReplicas_KeepsSurgeAndAvailability()
    {
        var plan = Decide(Deployment(4), [], Ready("old", 4));

        // 25% of four: one more, one less.
        Assert.Equal((1, 1), (plan.Create, plan.Delete.Count));
    }

    [Fact]
    public void Decide_Recreate_DeletesAllOldFirst()
    {
        var deployment = Deployment(2);
        deployment.Spec.Strategy = new V1DeploymentStrategy { Type = "Recreate" };

        var first = Decide(deployment, [], Ready("old", 2));
        var then = Decide(deployment, [], []);

        Assert.Equal((0, 2), (first.Create, first.Delete.Count));
        Assert.Equal((2, 0), (then.Create, then.Delete.Count));
    }

    [Fact]
    public void Decide_ToZero_DeletesAll()
    {
        var plan = Decide(Deployment(0), Ready("new", 2), Ready("old", 1));

        Assert.Equal((0, 3), (plan.Create, plan.Delete.Count));
    }

    private static RolloutPlan Decide(V1Deployment deployment, IReadOnlyList<V1Pod> current, IReadOnlyList<V1Pod> old) =>
        RolloutPlan.Decide(deployment, current, old, PodFacts.IsReady);

    private static V1Deployment Deployment(int replicas) => new() { Metadata = new V1ObjectMeta { Name = "d" }, Spec = new V1DeploymentSpec { Replicas = replicas } };

    private static V1Pod[] Ready(string name, int count) => [.. Enumerable.Range(0, count).Select(index => Pod($"{name}-{index}", ready: true, age: 100))];

    private static V1Pod Pod(string name, bool ready, int age) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, CreationTimestamp = Start.AddSeconds(-age) },
        Spec = new V1PodSpec { NodeName = "node" },
        Status = new V1PodStatus
        {
            Phase = "Running",
            Conditions = [new V1PodCondition { Type = "Ready", Status = ready ? "True" : "False", LastTransitionTime = Start.AddSeconds(-age) }],
        },
    };
}
