using System.Globalization;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>The patch of a scale target's subresource <c>scale</c>.</summary>
internal static class ScalePatch
{
    /// <summary>Whether a target needs one; without a number it has one pod.</summary>
    public static bool IsNeeded(int? replicas, int want) => (replicas ?? 1) != want;

    /// <summary>JSON patch: an add, which replaces what is there.</summary>
    public static string Text(int want) => $$"""[{"op":"add","path":"/spec/replicas","value":{{want.ToString(CultureInfo.InvariantCulture)}}}]""";
}
