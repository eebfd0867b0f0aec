using Xunit.v3;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>Names the row of upstream's conformance suite that a test re-creates.</summary>
/// <remarks>Source of the rows: knative/networking test/conformance/ingress/run.go.</remarks>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ConformanceAttribute(string row) : Attribute, ITraitAttribute
{
    public string Row => row;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Conformance", row)];
}
