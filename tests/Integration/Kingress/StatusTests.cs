using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress;

/// <summary>What clients of the API see: defaults, conditions, addresses, class.</summary>
public sealed class StatusTests(SharedKingressWorld shared)
{
    [Fact]
    public async Task ReadyIngress_HasTheThreeConditionsInOrderAndBothAddresses()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("ready", Spec.External(ns.Host("ready"), Spec.All(Spec.To("runtime"))));

        var ingress = (await ns.FindAsync("ready"))!;

        Assert.Equal(["LoadBalancerReady True", "NetworkConfigured True", "Ready True"], ingress.Status!.Conditions!.Select(condition => $"{condition.Type} {condition.Status}"));
        Assert.All(ingress.Status.Conditions!, condition => Assert.Equal(("", ""), (condition.Reason ?? "", condition.Message ?? "")));
        Assert.Equal(ingress.Metadata.Generation, ingress.Status.ObservedGeneration);
        Assert.Equal("kxds-gateway.knative-serving.svc.cluster.local", Assert.Single(ingress.Status.PublicLoadBalancer!.Ingress!).DomainInternal);
        Assert.Equal("kxds-gateway-local.knative-serving.svc.cluster.local", Assert.Single(ingress.Status.PrivateLoadBalancer!.Ingress!).DomainInternal);
        Assert.Empty(ingress.Metadata.Finalizers ?? []);
    }

    [Fact]
    public async Task NoVisibilityNoPercent_IsExternalAndAllOfTheTraffic()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var rule = Spec.External(ns.Host("defaults"), Spec.All(Spec.To("runtime")));
        rule.Visibility = null;
        await ns.IngressAsync("defaults", new KIngressSpec { Rules = [rule] });
        await ns.ReadyAsync("defaults");

        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("defaults"))).Code);
    }

    [Fact]
    public async Task SpecUnchanged_StatusIsNotWrittenAgain()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("still", Spec.External(ns.Host("still"), Spec.All(Spec.To("runtime"))));
        var before = (await ns.FindAsync("still"))!.Metadata.ResourceVersion;

        // Both are behind what would write the first one's status again.
        await ns.Api.PatchAsync<V1Service>(new ObjectKey(ns.Name, "runtime"), new V1Patch("""{"metadata":{"labels":{"touched":"yes"}}}""", V1Patch.PatchType.MergePatch), null, CancellationToken.None);
        await ns.ReadyAsync("later", Spec.External(ns.Host("later"), Spec.All(Spec.To("runtime"))));

        Assert.Equal(before, (await ns.FindAsync("still"))!.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task ManyGenerationsInARow_TheLastOneIsInEffectWhenReady()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        for (var i = 0; i < 20; i++)
        {
            await ns.IngressAsync("fast", Spec.External(ns.Host("fast"), Spec.All(Spec.To("runtime")).Setting("Version", $"{i}")));
        }

        await ns.ReadyAsync("fast");

        Assert.Equal("19", (await ns.External.GetAsync(ns.Host("fast"))).Seen["Version"]);
    }

    [Fact]
    [Defect(17)]
    public async Task Defect17_ClassOfALiveIngressChanges_ItsRoutesGoAndItsHostIsFree()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("one");
        await ns.BackendAsync("two");
        await ns.ReadyAsync("leaving", Spec.External(ns.Host("live"), Spec.All(Spec.To("one"))));
        await ns.IngressAsync("waiting", Spec.External(ns.Host("live"), Spec.All(Spec.To("two"))));
        await ns.ConditionAsync("waiting", "LoadBalancerReady", "False", "DomainConflict");

        await SetClassAsync(ns, "leaving", "other.ingress.networking.knative.dev");
        await ns.ReadyAsync("waiting");
        Assert.Equal("two", (await ns.External.GetAsync(ns.Host("live"))).Backend);
        await ns.DeleteAsync("waiting");
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("live"))).Code == 404, Xds.XdsStack.Limit);

        await SetClassAsync(ns, "leaving", Labels.XdsIngressClass);
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("live"))) is { Code: 200, Backend: "one" }, Xds.XdsStack.Limit);
    }

    [Fact]
    [Defect(7)]
    public async Task Defect07_EditedIntoAConflict_TheHostThatWorkedGoesOnWorking()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("one");
        await ns.BackendAsync("two");
        await ns.ReadyAsync("a-first", Spec.External(ns.Host("taken"), Spec.All(Spec.To("one"))));
        await ns.ReadyAsync("b-second", Spec.External(ns.Host("mine"), Spec.All(Spec.To("two"))));
        await using var load = new Load(ns.External, ns.Host("mine"));

        await ns.IngressAsync("b-second", Spec.External([ns.Host("mine"), ns.Host("taken")], Spec.All(Spec.To("two"))));
        await ns.ConditionAsync("b-second", "LoadBalancerReady", "False", "DomainConflict");

        Assert.Equal("one", (await ns.External.GetAsync(ns.Host("taken"))).Backend);
        Assert.Equal("two", (await ns.External.GetAsync(ns.Host("mine"))).Backend);
        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    [Defect(8)]
    public async Task Defect08_HostsThatDifferInLetterCaseAlone_AreOneHostAndConflict()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("one");
        await ns.BackendAsync("two");
        await ns.ReadyAsync("a-first", Spec.External(ns.Host("case"), Spec.All(Spec.To("one"))));

        await ns.IngressAsync("b-second", Spec.External(ns.Host("case").ToUpperInvariant(), Spec.All(Spec.To("two"))));
        await ns.ConditionAsync("b-second", "LoadBalancerReady", "False", "DomainConflict");

        Assert.Equal("one", (await ns.External.GetAsync(ns.Host("case"))).Backend);
    }

    private static Task<KIngress> SetClassAsync(TestNamespace ns, string ingress, string name) => ns.Api.PatchAsync<KIngress>(
        new ObjectKey(ns.Name, ingress), new V1Patch($$$$"""{"metadata":{"annotations":{"{{{{Labels.IngressClass}}}}":"{{{{name}}}}"}}}""", V1Patch.PatchType.MergePatch), null, CancellationToken.None);
}
