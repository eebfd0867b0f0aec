using System.Globalization;
using Xunit.v3;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>Names the latent defect of today's gateway controllers that a test shows we do not have.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DefectAttribute(int number) : Attribute, ITraitAttribute
{
    public int Number => number;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Defect", number.ToString(CultureInfo.InvariantCulture))];
}
