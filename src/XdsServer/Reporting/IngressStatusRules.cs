using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Status;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>A KIngress's status from a verdict.</summary>
/// <remarks>Source: knative/networking pkg/apis/networking/v1alpha1/ingress_lifecycle.go; conditions: <see cref="ConditionSet"/>.</remarks>
internal static class IngressStatusRules
{
    private const string NetworkConfigured = "NetworkConfigured";
    private const string LoadBalancerReady = "LoadBalancerReady";

    /// <summary>The next status; it says the same as the old one when nothing changed.</summary>
    public static KIngressStatus Next(KIngressStatus? old, IngressVerdict verdict, DateTimeOffset now)
    {
        var conditions = Balance(Configure(ConditionSet.KIngress.Initialize(old?.Conditions, now), verdict, now), verdict, IsReadyAt(old, verdict.Generation), now);
        var balanced = ConditionSet.IsTrue(conditions, LoadBalancerReady);
        return new KIngressStatus
        {
            ObservedGeneration = verdict.Generation,
            Annotations = old?.Annotations,
            Conditions = StatusRules.End(old?.Conditions, conditions, now),
            PublicLoadBalancer = balanced ? At(verdict.PublicAddress) : old?.PublicLoadBalancer,
            PrivateLoadBalancer = balanced ? At(verdict.PrivateAddress) : old?.PrivateLoadBalancer,
        };
    }

    /// <summary>Whether a status need not be written in place of another.</summary>
    /// <remarks>Most verdicts repeat what is written already, so the usual case is decided without a look at JSON.</remarks>
    public static bool IsSame(KIngressStatus? old, KIngressStatus next) =>
        (old is not null && old.ObservedGeneration == next.ObservedGeneration && (old.Conditions ?? []).SequenceEqual(next.Conditions ?? []) &&
         NamesOf(old.PublicLoadBalancer).SequenceEqual(NamesOf(next.PublicLoadBalancer)) && NamesOf(old.PrivateLoadBalancer).SequenceEqual(NamesOf(next.PrivateLoadBalancer))) ||
        !StatusRules.Differ(old, next);

    private static IEnumerable<string?> NamesOf(LoadBalancerStatus? balancer) => balancer?.Ingress?.Select(entry => entry.DomainInternal) ?? [];

    private static List<Condition> Configure(List<Condition> conditions, IngressVerdict verdict, DateTimeOffset now) => verdict.Problems.AddRange(verdict.CertificateProblems) is [var first, ..] problems
        ? ConditionSet.KIngress.MarkFalse(conditions, NetworkConfigured, first.Reason, Sentences(problems), now)
        : ConditionSet.KIngress.MarkTrue(conditions, NetworkConfigured, now);

    private static List<Condition> Balance(List<Condition> conditions, IngressVerdict verdict, bool wasReady, DateTimeOffset now)
    {
        if (verdict.Conflicts is [var conflict, ..])
        {
            return ConditionSet.KIngress.MarkFalse(conditions, LoadBalancerReady, conflict.Reason, Sentences(verdict.Conflicts), now);
        }

        return verdict.Gateways switch
        {
            GatewayState.Refused => ConditionSet.KIngress.MarkFalse(conditions, LoadBalancerReady, "GatewayRefused", verdict.Message, now),
            GatewayState.Taken when verdict.Problems.IsEmpty => ConditionSet.KIngress.MarkTrue(conditions, LoadBalancerReady, now),
            // Upstream does not probe a ready ingress again either: a gateway that starts must not make every route look broken.
            GatewayState.Waiting when wasReady && verdict.Problems.IsEmpty => ConditionSet.KIngress.MarkTrue(conditions, LoadBalancerReady, now),
            _ when !verdict.Awaited.IsEmpty => ConditionSet.KIngress.MarkUnknown(conditions, LoadBalancerReady, "WaitingForEndpoints", $"Waiting for endpoints of {string.Join(", ", verdict.Awaited)}", now),
            // It is not the gateways that anything waits for.
            _ when verdict.Problems is [var problem, ..] => ConditionSet.KIngress.MarkUnknown(conditions, LoadBalancerReady, problem.Reason, Sentences(verdict.Problems), now),
            _ => ConditionSet.KIngress.MarkUnknown(conditions, LoadBalancerReady, "Uninitialized", "Waiting for load balancer to be ready", now),
        };
    }

    private static bool IsReadyAt(KIngressStatus? status, long generation) =>
        status?.ObservedGeneration == generation && ConditionSet.IsTrue(status.Conditions, ConditionSet.Ready);

    private static LoadBalancerStatus At(string address) => new() { Ingress = address.Length > 0 ? [new LoadBalancerIngress { DomainInternal = address }] : [] };

    private static string Sentences(IEnumerable<Problem> problems) => string.Join(' ', problems.Select(problem => problem.Message));
}
