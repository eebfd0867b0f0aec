using CsCheck;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

public sealed class DeltaPropertyTests
{
    private static readonly Gen<DeltaModel.Step> Steps = Gen.Select(
        Gen.Enum<DeltaModel.Action>(), Gen.Enum<ResourceType>(), Gen.Int[0, 3], Gen.UInt[0, 4], Gen.Int[0, 3],
        (action, type, name, content, target) => new DeltaModel.Step(action, type, $"n{name}", content, $"n{target}"));

    [Fact]
    public void AnySequence_InTheEndTheClientHoldsExactlyItsSubscription() =>
        Steps.Array[0, 60].Sample(
            steps =>
            {
                var model = new DeltaModel();
                foreach (var step in steps)
                {
                    model.Apply(step);
                }

                model.Settle();
                model.AssertInSync();
            },
            iter: 3_000);
}
