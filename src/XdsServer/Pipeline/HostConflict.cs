using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Words for a host that an older ingress has.</summary>
public static class HostConflict
{
    /// <summary>Condition reason that net-kourier uses too.</summary>
    public const string Reason = "DomainConflict";

    /// <summary>Names the host's field, the host and its owner.</summary>
    /// <param name="ingress">The ingress that claims the host in vain.</param>
    /// <param name="claim">What it claims, <c>kind|host</c>.</param>
    /// <param name="owner">The ingress that has it.</param>
    public static Problem Of(Ingress ingress, string claim, ObjectKey owner)
    {
        var host = HostResource.HostOf(claim);
        var field = FieldOf(ingress, host);
        return new(ingress.Key, field, Reason, $"Ingress rejected: {field}: host {host} belongs to the older ingress {owner}.");
    }

    // A cluster-local host also stands for its shorter spellings.
    private static string FieldOf(Ingress ingress, string host) =>
        ingress.Rules.Index()
            .SelectMany(rule => rule.Item.Hosts.Index().Select(entry => (Field: $"spec.rules[{rule.Index}].hosts[{entry.Index}]", Host: entry.Item.TrimEnd('.').ToLowerInvariant())))
            .Where(entry => entry.Host == host || entry.Host.StartsWith(host + ".", StringComparison.Ordinal))
            .OrderBy(entry => entry.Host.Length)
            .Select(entry => entry.Field)
            .FirstOrDefault("spec.rules");
}
