using System.Text.RegularExpressions;

namespace Knative.Xds.Core.Configuration;

/// <summary>Kubernetes' rules for names, label keys and label values.</summary>
/// <remarks>Source: k8s.io/apimachinery pkg/util/validation.</remarks>
internal static partial class KubeNames
{
    private const int LongestSubdomain = 253;
    private const int LongestLabel = 63;

    public static bool IsSubdomain(string name) => name.Length <= LongestSubdomain && Subdomain().IsMatch(name);

    public static bool IsLabelKey(string key) => key.Split('/') switch
    {
        [var name] => IsLabelName(name),
        [var prefix, var name] => IsSubdomain(prefix) && IsLabelName(name),
        _ => false,
    };

    public static bool IsLabelValue(string value) => value.Length == 0 || IsLabelName(value);

    private static bool IsLabelName(string name) => name.Length <= LongestLabel && LabelName().IsMatch(name);

    [GeneratedRegex(@"\A[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?\z")]
    private static partial Regex LabelName();
}
