using System.Globalization;

namespace Knative.Xds.Core.Model;

/// <summary>A Service port by number or by name (Kubernetes IntOrString).</summary>
/// <param name="Number">Port number; 0 when given by name.</param>
/// <param name="Name">Port name; null when given by number.</param>
public readonly record struct ServicePortRef(int Number, string? Name)
{
    /// <summary>A port by number.</summary>
    public static ServicePortRef Of(int number) => new(number, null);

    /// <summary>A port by name.</summary>
    public static ServicePortRef Of(string name) => new(0, name);

    /// <summary>The number or the name.</summary>
    public override string ToString() => Name ?? Number.ToString(CultureInfo.InvariantCulture);
}
