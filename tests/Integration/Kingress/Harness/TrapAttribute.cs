using Xunit.v3;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>Names the behaviour of Envoy that a test shows we do not fall for.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TrapAttribute(string name) : Attribute, ITraitAttribute
{
    public string Name => name;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Trap", name)];
}
