using System.Text.RegularExpressions;
using k8s.Models;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>What a pod's containers may ask about it (fieldRef).</summary>
/// <param name="Pod">The pod as the API has it.</param>
/// <param name="PodIP">Its address.</param>
/// <param name="HostIP">Address of its node.</param>
/// <param name="NodeName">Name of its node.</param>
internal sealed partial record PodIdentity(V1Pod Pod, string PodIP, string HostIP, string NodeName)
{
    /// <summary>Value of a field; null when the downward API does not offer it.</summary>
    public string? Field(string path) => path switch
    {
        "metadata.name" => Pod.Metadata.Name,
        "metadata.namespace" => Pod.Metadata.NamespaceProperty,
        "metadata.uid" => Pod.Metadata.Uid,
        "spec.nodeName" => NodeName,
        "spec.serviceAccountName" => Pod.Spec.ServiceAccountName ?? "",
        "status.podIP" or "status.podIPs" => PodIP,
        "status.hostIP" or "status.hostIPs" => HostIP,
        _ => Entry(path),
    };

    private string? Entry(string path)
    {
        var match = EntryPath().Match(path);
        if (!match.Success)
        {
            return null;
        }

        var entries = match.Groups["map"].Value == "labels" ? Pod.Metadata.Labels : Pod.Metadata.Annotations;
        return entries is not null && entries.TryGetValue(match.Groups["key"].Value, out var value) ? value : "";
    }

    [GeneratedRegex(@"^metadata\.(?<map>labels|annotations)\['(?<key>[^']+)'\]$", RegexOptions.ExplicitCapture)]
    private static partial Regex EntryPath();
}
