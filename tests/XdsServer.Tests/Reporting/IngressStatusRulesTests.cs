using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Status;
using Knative.Xds.XdsServer.Reporting;

namespace Knative.Xds.XdsServer.Tests.Reporting;

public sealed class IngressStatusRulesTests
{
    private static readonly DateTimeOffset Then = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Then.AddHours(1);
    private static readonly Problem Problem = new(new("ns", "a"), "spec.rules", "NoRules", "spec.rules: there is no rule.");

    [Fact]
    public void Next_Taken_IsReadyWithAddresses()
    {
        var status = Next(null, GatewayState.Taken);

        Assert.Equal(["LoadBalancerReady=True", "NetworkConfigured=True", "Ready=True"], Conditions(status));
        Assert.Equal(3, status.ObservedGeneration);
        Assert.Equal("public", Assert.Single(status.PublicLoadBalancer!.Ingress!).DomainInternal);
        Assert.Equal("private", Assert.Single(status.PrivateLoadBalancer!.Ingress!).DomainInternal);
    }

    [Fact]
    public void Next_NoAddress_HasNoEntryRatherThanAnEmptyOne()
    {
        var status = IngressStatusRules.Next(null, Verdict(GatewayState.Taken) with { PublicAddress = "" }, Now);

        Assert.Empty(status.PublicLoadBalancer!.Ingress!);
        Assert.Equal("private", Assert.Single(status.PrivateLoadBalancer!.Ingress!).DomainInternal);
    }

    [Fact]
    public void IsSame_NextOfTheSameVerdict_EvenLater()
    {
        var status = Next(null, GatewayState.Taken);

        Assert.True(IngressStatusRules.IsSame(status, IngressStatusRules.Next(status, Verdict(GatewayState.Taken), Now.AddHours(1))));
    }

    [Fact]
    public void IsSame_OtherGenerationConditionOrAddress_IsNot()
    {
        var status = Next(null, GatewayState.Taken);

        Assert.False(IngressStatusRules.IsSame(null, status));
        Assert.False(IngressStatusRules.IsSame(status, Next(status, GatewayState.Refused)));
        Assert.False(IngressStatusRules.IsSame(status, IngressStatusRules.Next(status, Verdict(GatewayState.Taken) with { Generation = 4 }, Now)));
        Assert.False(IngressStatusRules.IsSame(status, IngressStatusRules.Next(status, Verdict(GatewayState.Taken) with { PrivateAddress = "other" }, Now)));
    }

    [Fact]
    public void Next_AwaitsEndpoints_SaysWhichServiceHasNone()
    {
        var verdict = Verdict(GatewayState.Waiting) with { Awaited = [new("ns", "next")] };

        var condition = ConditionSet.Find(IngressStatusRules.Next(null, verdict, Now).Conditions, "LoadBalancerReady")!;

        Assert.Equal(("Unknown", "WaitingForEndpoints", "Waiting for endpoints of ns/next"), (condition.Status, condition.Reason, condition.Message));
    }

    [Fact]
    public void IsProvisional_OnlyWhileNothingIsWrongAndGatewaysAreSilent()
    {
        Assert.True(Verdict(GatewayState.Waiting).IsProvisional);
        Assert.False(Verdict(GatewayState.Taken).IsProvisional);
        Assert.False(Verdict(GatewayState.Refused).IsProvisional);
        Assert.False((Verdict(GatewayState.Waiting) with { Problems = [Problem] }).IsProvisional);
        Assert.False((Verdict(GatewayState.Waiting) with { Conflicts = [Problem] }).IsProvisional);
    }

    [Fact]
    public void Next_Waiting_HasUpstreamsWords()
    {
        var status = Next(null, GatewayState.Waiting);

        Assert.Equal(["LoadBalancerReady=Unknown/Uninitialized", "NetworkConfigured=True", "Ready=Unknown/Uninitialized"], Conditions(status));
        Assert.Equal("Waiting for load balancer to be ready", status.Conditions![2].Message);
        Assert.Null(status.PublicLoadBalancer);
    }

    [Fact]
    public void Next_WaitingAfterReadyAtThisGeneration_StaysReady() =>
        Assert.Equal("Ready=True", Conditions(Next(Next(null, GatewayState.Taken), GatewayState.Waiting))[2]);

    [Fact]
    public void Next_WaitingAfterReadyAtAnOlderGeneration_IsNotReady()
    {
        var old = Next(null, GatewayState.Taken);
        old.ObservedGeneration = 2;

        Assert.Equal("Ready=Unknown/Uninitialized", Conditions(Next(old, GatewayState.Waiting))[2]);
    }

    [Fact]
    public void Next_Problem_IsNotConfiguredAndNamesTheField()
    {
        var status = IngressStatusRules.Next(null, Verdict(GatewayState.Taken) with { Problems = [Problem] }, Now);

        Assert.Equal(["LoadBalancerReady=Unknown/NoRules", "NetworkConfigured=False/NoRules", "Ready=False/NoRules"], Conditions(status));
        Assert.All(status.Conditions!, condition => Assert.Equal("spec.rules: there is no rule.", condition.Message));
    }

    [Fact]
    public void Next_Conflict_IsDomainConflict()
    {
        var conflict = new Problem(new("ns", "a"), "spec.rules[0].hosts[0]", "DomainConflict", "Ingress rejected: …");
        var status = IngressStatusRules.Next(null, Verdict(GatewayState.Taken) with { Conflicts = [conflict] }, Now);

        Assert.Equal(["LoadBalancerReady=False/DomainConflict", "NetworkConfigured=True", "Ready=False/DomainConflict"], Conditions(status));
    }

    [Fact]
    public void Next_Refused_HasTheGatewaysWords()
    {
        var status = IngressStatusRules.Next(null, Verdict(GatewayState.Refused) with { Message = "Duplicate entry of domain x" }, Now);

        Assert.Equal("Ready=False/GatewayRefused", Conditions(status)[2]);
        Assert.Equal("Duplicate entry of domain x", status.Conditions![2].Message);
    }

    [Fact]
    public void Next_NothingNew_KeepsTimestampsAndIsEqual()
    {
        var old = IngressStatusRules.Next(null, Verdict(GatewayState.Taken), Then);

        var next = Next(old, GatewayState.Taken);

        Assert.False(StatusRules.Differ(old, next));
        Assert.All(next.Conditions!, condition => Assert.Equal(Then.UtcDateTime, condition.LastTransitionTime));
    }

    [Fact]
    public void Next_OneConditionChanges_OthersKeepTheirTimestamps()
    {
        var old = IngressStatusRules.Next(null, Verdict(GatewayState.Waiting), Then);

        var next = Next(old, GatewayState.Taken);

        Assert.Equal([Now.UtcDateTime, Then.UtcDateTime, Now.UtcDateTime], next.Conditions!.Select(condition => condition.LastTransitionTime!.Value));
    }

    private static KIngressStatus Next(KIngressStatus? old, GatewayState state) => IngressStatusRules.Next(old, Verdict(state), Now);

    private static IngressVerdict Verdict(GatewayState state) => new() { Generation = 3, Gateways = state, PublicAddress = "public", PrivateAddress = "private" };

    private static List<string> Conditions(KIngressStatus status) =>
        [.. status.Conditions!.Select(condition => $"{condition.Type}={condition.Status}{(condition.Reason is null ? "" : "/" + condition.Reason)}")];
}
