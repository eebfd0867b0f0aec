using System.Globalization;
using CsCheck;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Any sequence of changes, answers, subscriptions, reconnects and moves between replicas, for both variants.</summary>
public sealed class ClientPropertyTests
{
    // More of them, for a longer look: KXDS_SEQUENCES.
    private static readonly int Sequences = int.Parse(Environment.GetEnvironmentVariable("KXDS_SEQUENCES") ?? "1000", CultureInfo.InvariantCulture);

    private static readonly Gen<ClientModel.Step> Steps = Gen.Select(
        Gen.Enum<ClientModel.Action>(), Gen.Enum<ResourceType>(), Gen.Int[0, 3], Gen.UInt[0, 4], Gen.Int[0, 3],
        (action, type, name, content, target) => new ClientModel.Step(action, type, $"n{name}", content, $"n{target}"));

    [Fact]
    public void Delta_AnySequence_InTheEndTheClientHoldsExactlyItsSubscription() => Check(() => new DeltaModel(), Steps);

    [Fact]
    public void Sotw_AnySequence_InTheEndTheClientHoldsExactlyItsSubscription() => Check(() => new SotwModel(), Steps);

    [Fact]
    public void Delta_NoTimeLimit_NothingGoesThatIsStillReferredTo() => Check(() => new DeltaModel(), Steps.Where(IsFaithful));

    [Fact]
    public void Sotw_NoTimeLimit_NothingGoesThatIsStillReferredTo() => Check(() => new SotwModel(), Steps.Where(IsFaithful));

    [Fact]
    public void Delta_RoutesBehindAWarmingScopeAreRefused_TheClientHoldsAllElse() => Assert.Null(Failure(() => new DeltaModel(),
    [
        new(ClientModel.Action.Subscribe, ResourceType.RouteConfiguration, "n3", 0, ""),
        new(ClientModel.Action.SetAndPublish, ResourceType.ScopedRouteConfiguration, "n0", 0, "n1"),
        .. Answers,
        new(ClientModel.Action.Set, ResourceType.RouteConfiguration, "n2", 4, ""),
        new(ClientModel.Action.SetAndPublish, ResourceType.ScopedRouteConfiguration, "n0", 0, "n2"),
        .. Answers,
        new(ClientModel.Action.Subscribe, ResourceType.RouteConfiguration, "n2", 0, ""),
        .. Answers,
    ]));

    private static IEnumerable<ClientModel.Step> Answers => Enumerable.Repeat(new ClientModel.Step(ClientModel.Action.Answer, default, "", 0, ""), 10);

    // Time limits, and a client that drops what it still needs, break promises that the server kept.
    private static bool IsFaithful(ClientModel.Step step) =>
        step.Action is not (ClientModel.Action.Tick or ClientModel.Action.Unsubscribe or ClientModel.Action.UnsubscribeFromAll);

    private static void Check(Func<ClientModel> client, Gen<ClientModel.Step> steps) =>
        steps.Array[0, 60].Sample(sequence => Assert.True(Failure(client, sequence) is null, Explain(client, sequence)), iter: Sequences);

    private static string? Failure(Func<ClientModel> client, IEnumerable<ClientModel.Step> sequence)
    {
        try
        {
            var model = client();
            foreach (var step in sequence)
            {
                model.Apply(step);
            }

            model.Settle();
            model.AssertInSync();
            return null;
        }
        catch (Exception failure)
        {
            return failure.Message;
        }
    }

    /// <summary>The shortest part of a failing sequence that fails too, step by step.</summary>
    private static string Explain(Func<ClientModel> client, IReadOnlyCollection<ClientModel.Step> sequence)
    {
        var steps = sequence.ToList();
        if (Failure(client, steps) is null)
        {
            return "";
        }

        for (var i = 0; i < steps.Count;)
        {
            var shorter = steps.Where((_, index) => index != i).ToList();
            var fails = Failure(client, shorter) is not null;
            (steps, i) = fails ? (shorter, 0) : (steps, i + 1);
        }

        return string.Join("\n", steps.Select(step => step.ToString()).Append(Failure(client, steps)));
    }
}
